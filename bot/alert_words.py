"""What alerts and the buttons below them say, in Indonesian and English."""

from __future__ import annotations

from collections.abc import Mapping

ALERT_WORDS: Mapping[str, tuple[str, str]] = {
    "alert_update": ("🔄 <b>Perkembangan berita</b>", "🔄 <b>New developments</b>"),
    "alert_news": ("Baru: {news}", "New: {news}"),
    "alert_partners": ("Mitra: {names}", "Partners: {names}"),
    "alert_reasons": ("Cocok dengan: {reasons}", "Matches: {reasons}"),
    "alert_elsewhere": ("Juga diberitakan: {names}", "Also reported by: {names}"),
    "alert_elsewhere_news": ("{publisher} (baru: {news})", "{publisher} (new: {news})"),
    "alert_digest": ("🗞 <b>{count} berita untuk Anda</b>", "🗞 <b>{count} stories for you</b>"),
    "alert_gone": (
        "Berita ini sudah dihapus, jadi tombolnya tidak berlaku lagi.",
        "This article has been removed, so the button no longer works.",
    ),
    "alert_ask": (
        "Apa yang ingin Anda ketahui tentang “{title}”? Balas pesan ini.",
        "What would you like to know about “{title}”? Please reply to this message.",
    ),
    "alert_ask_untitled": (
        "Apa yang ingin Anda ketahui tentang berita ini? Balas pesan ini.",
        "What would you like to know about this article? Please reply to this message.",
    ),
    "alert_related": ("<b>Berita terkait</b>", "<b>Related news</b>"),
    "alert_related_none": ("Belum ada berita lain yang terkait.", "There is no related news yet."),
    "alert_admins_only": ("Di sini hanya admin yang bisa mengubah itu.", "Only admins can change that here."),
    "alert_muted": (
        "{pattern} dibisukan. Ketuk tombol yang sama untuk membunyikannya lagi.",
        "{pattern} is muted. Tap the same button to unmute it.",
    ),
    "alert_ringing": ("{pattern} berbunyi lagi.", "{pattern} is no longer muted."),
    "alert_not_followed": ("Itu sudah tidak diikuti lagi di sini.", "That is not followed here any more."),
    "alert_settings_where": (
        "Waktu, jumlah, dan ringkasan pemberitahuan diatur dengan /alerts. Daftar yang diikuti ada di /following.",
        "Use /alerts to choose when and how alerts are sent. What is followed is listed in /following.",
    ),
    "button_alert_ask": ("💬 Tanya tentang ini", "💬 Ask about this"),
    "button_alert_related": ("📰 Terkait", "📰 Related"),
    "button_alert_mute": ("🔕 Bisukan {pattern}", "🔕 Mute {pattern}"),
    "button_alert_ring": ("🔔 Bunyikan {pattern}", "🔔 Unmute {pattern}"),
    "button_alert_settings": ("⚙️ Atur pemberitahuan", "⚙️ Alert settings"),
}
"""Keys as in bot.strings: those of buttons are plain text, the others HTML."""
