"""What the bot says, in Indonesian and English, side by side."""

from __future__ import annotations

from collections.abc import Mapping

from bot.admin_strings import ADMIN_TEXTS
from bot.alert_strings import FOLLOW_TEXTS
from bot.alert_words import ALERT_WORDS
from bot.ops_strings import OPS_TEXTS
from bot.text import clip, escape, shown, visible

VALUE_UNITS = 600
"""A value is clipped to so much, unless it is Html."""
COMMANDS = (
    "ask", "latest", "follow", "unfollow", "following", "alerts", "preview", "sources", "language", "new", "about",
    "privacy", "help",
)  # fmt: skip
ADMIN_COMMANDS = ("reindex", "stats", "health", "add", "source", "quality", "backup", "admin", "audit")
PLAIN = ("button_", "command_", "inline_", "reason_", "language_name_", "example_", "bot_")
"""Keys that begin so are plain text: Telegram parses no HTML in buttons, menus, previews and profiles."""


class Html(str):
    """A value that is HTML already and stays as it is."""

    __slots__ = ()


_TALK: Mapping[str, tuple[str, str]] = {
    "start": (
        "Halo! 👋 Saya menjawab pertanyaan tentang berita mitra. Jawaban saya selalu berupa kutipan asli dari berita, "
        "lengkap dengan sumber, tanggal, dan tautannya.\n\n"
        "Silakan tulis pertanyaan Anda, atau ketuk salah satu contoh ini untuk menyalinnya:\n"
        "• <code>{example_1}</code>\n• <code>{example_2}</code>\n• <code>{example_3}</code>\n\n"
        "{ask_in_group}\n\nPerintah lain ada di /help.",
        "Hello! 👋 I answer questions about partner news. My answers are always original quotes from the news, with "
        "their source, date and link.\n\n"
        "Just write your question, or tap one of these examples to copy it:\n"
        "• <code>{example_1}</code>\n• <code>{example_2}</code>\n• <code>{example_3}</code>\n\n"
        "{ask_in_group}\n\nThere is more in /help.",
    ),
    "start_group": (
        "Halo semuanya! 👋 Saya menjawab pertanyaan tentang berita mitra dengan kutipan asli dan sumbernya. "
        "Sebut nama saya dengan @, balas pesan saya, atau tulis /ask diikuti pertanyaan.\n\n"
        "Contoh: <code>/ask {example_1}</code>\n\n"
        "Admin juga bisa memakai /follow agar berita baru langsung dikirim ke grup ini.",
        "Hello everyone! 👋 I answer questions about partner news with original quotes and their sources. "
        "Mention me with @, reply to one of my messages, or write /ask followed by your question.\n\n"
        "For example: <code>/ask {example_1}</code>\n\n"
        "Admins can also use /follow to have fresh articles sent to this group.",
    ),
    "help": (
        "<b>Cara bertanya</b>\nTulis saja pertanyaan Anda, dalam bahasa Indonesia atau Inggris. Setelah itu Anda bisa "
        "bertanya lebih lanjut, misalnya “Siapa CEO-nya?”.\n\n"
        "<b>Berita otomatis</b>\nDengan /follow, berita baru tentang mitra, kata kunci, atau pertanyaan pilihan Anda "
        "langsung dikirim ke sini.\n\n<b>Perintah</b>\n{commands}",
        "<b>How to ask</b>\nJust write your question, in English or Indonesian. You can then go on asking, for example "
        "“Who is its CEO?”.\n\n"
        "<b>News as it comes</b>\nWith /follow, fresh articles about a partner, keywords or a question of yours are "
        "sent here as they come in.\n\n<b>Commands</b>\n{commands}",
    ),
    "help_admin": ("<b>Untuk administrator</b>\n{admin_commands}", "<b>For administrators</b>\n{admin_commands}"),
    "about": (
        "<b>Warta Mitra</b>\nSaya mencari jawaban di berita yang tersimpan dan mengutipnya kata demi kata; tidak ada "
        "kalimat karangan. Kalau jawabannya tidak ada di berita, saya akan mengatakannya.\n\n"
        "Berita tersimpan: {articles}\nBerita terbaru: {newest}",
        "<b>Warta Mitra</b>\nI look for answers in the stored news and quote them word for word; nothing is made up. "
        "When the news holds no answer, I say so.\n\n"
        "Stored articles: {articles}\nNewest article: {newest}",
    ),
    "privacy_llm": (
        "Pertanyaan Anda dan kutipan berita juga dikirim ke model bahasa pilihan pengelola, yang menyusun jawabannya.",
        "Your question and the quotes are also sent to a language model of the operator's choice, which puts the "
        "answer into words.",
    ),
    "privacy": (
        "<b>Data yang disimpan</b>\n"
        "• pertanyaan kepada saya beserta jawabannya, agar tombol di bawah jawaban tetap berfungsi\n"
        "• bahasa Anda dan penilaian Anda atas jawaban\n"
        "• apa yang diikuti di setiap chat dan siapa yang menambahkannya, pengaturan pemberitahuan, dan berita yang "
        "sudah dikirim\n"
        "• pesan yang gagal saya proses, paling lama 30 hari, agar pengelola bisa memeriksanya\n"
        "• siapa memakai, atau mencoba, perintah administrator bot, paling lama 400 hari\n"
        "• nomor ID Telegram Anda dan ID chat, agar semua itu sampai ke tempat yang benar\n\n"
        "Data ini ada di server pengelola bot, hanya bisa dibaca oleh pengelola, dan disimpan sampai pengelola "
        "menghapusnya. Di grup dan kanal, yang saya proses hanya pesan yang ditujukan kepada saya.\n\n"
        "/new membuat saya melupakan topik percakapan; riwayat yang tersimpan tidak ikut terhapus. "
        "Kalau data Anda ingin dihapus, silakan hubungi pengelola bot.",
        "<b>What is stored</b>\n"
        "• questions to me and their answers, so that the buttons below an answer keep working\n"
        "• your language and your ratings of answers\n"
        "• what each chat follows and who added it, its alert settings, and which news was sent there\n"
        "• messages that I failed to process, for 30 days at most, so that the operator can look into them\n"
        "• who used, or tried, the bot administrators’ commands, for 400 days at most\n"
        "• your Telegram ID and the chat’s ID, so that all of this reaches the right place\n\n"
        "The data is on the bot operator’s server, only the operator can read it, and it is kept until the operator "
        "deletes it. In groups and channels I only process messages that are addressed to me.\n\n"
        "/new makes me forget the topic of our conversation; it does not delete the stored history. "
        "To have your data deleted, please contact the bot’s operator.",
    ),
    "new_done": ("Baik, kita mulai topik baru. Silakan bertanya.", "All right, a new topic. Go ahead and ask."),
    "language_ask": (
        "Bahasa saat ini: <b>{current}</b>. Anda ingin saya memakai bahasa apa?",
        "Current language: <b>{current}</b>. Which language shall I use?",
    ),
    "language_set": ("Baik, saya akan memakai bahasa Indonesia.", "All right, I will use English."),
    "language_auto_set": ("Baik, saya ikuti bahasa pertanyaan Anda.", "I will reply in the language you ask in."),
    "ask_empty": (
        "Pertanyaannya apa? Tulis sekaligus, misalnya:\n<code>/ask {example_1}</code>",
        "What is your question? Write it along, for example:\n<code>/ask {example_1}</code>",
    ),
    "ask_in_group": (
        "Di grup, sebut nama saya dengan @, balas pesan saya, atau tulis /ask diikuti pertanyaan Anda.",
        "In a group, mention me with @, reply to one of my messages, or write /ask followed by your question.",
    ),
    "latest_title": ("<b>Berita terbaru</b>", "<b>Latest news</b>"),
    "latest_of": ("<b>Berita terbaru tentang {partner}</b>", "<b>Latest news about {partner}</b>"),
    "latest_none": (
        "Belum ada berita tersimpan tentang <b>{partner}</b>. Coba periksa ejaannya, atau ketik /latest saja.",
        "There is no stored news about <b>{partner}</b> yet. Please check the spelling, or just send /latest.",
    ),
    "sources_title": ("<b>Media yang beritanya tersimpan</b>\n{rows}", "<b>Publishers of the stored news</b>\n{rows}"),
    "nothing_stored": ("Belum ada berita tersimpan. Coba lagi nanti, ya.", "No news is stored yet. Please try later."),
    "too_fast": (
        "Sebentar, ya – pertanyaannya banyak sekali. Silakan coba lagi dalam {seconds} detik.",
        "One moment, please – that was a lot of questions. Please try again in {seconds} s.",
    ),
    "too_old": (
        "Maaf, saya tadi sedang tidak aktif dan pertanyaan ini sudah menunggu sekitar {minutes} menit. "
        "Kalau masih perlu dijawab, silakan kirim lagi.",
        "Sorry, I was offline and this question has been waiting for about {minutes} min. "
        "If you still need an answer, please send it again.",
    ),
    "too_long": (
        "Pertanyaannya terlalu panjang untuk saya. Bisa dipersingkat menjadi satu atau dua kalimat?",
        "That question is too long for me. Could you shorten it to a sentence or two?",
    ),
    "not_text": (
        "Maaf, saya hanya bisa membaca teks. Silakan tulis pertanyaan Anda.",
        "Sorry, I can only read text. Please write your question.",
    ),
    "error": (
        "Maaf, ada gangguan di pihak saya. Silakan coba lagi. Kalau terulang, sampaikan kode ini kepada pengelola: "
        "<code>{reference}</code>",
        "Sorry, something went wrong on my side. Please try again. If it keeps happening, give this code to the "
        "operator: <code>{reference}</code>",
    ),
    "busy": (
        "Saya sedang melayani banyak pertanyaan. Silakan coba lagi sebentar lagi.",
        "I am answering many questions right now. Please try again in a moment.",
    ),
    "button_gone": (
        "Tombol ini sudah tidak berlaku. Silakan ajukan pertanyaannya lagi.",
        "This button no longer works. Please ask the question again.",
    ),
    "admins_only": ("Di grup, hanya admin yang bisa mengubah ini.", "In a group, only admins can change this."),
    "elsewhere": ("juga di {names}", "also in {names}"),
    "no_publisher": ("(tanpa nama media)", "(no publisher named)"),
    "further_title": ("<b>Sumber berikutnya</b>", "<b>More sources</b>"),
    "further_none": ("Tidak ada sumber lain untuk pertanyaan ini.", "There are no more sources for this question."),
    "age": (
        "ℹ️ Berita dari {month}; bisa jadi sudah ada perkembangan.",
        "ℹ️ News of {month}; there may have been developments since.",
    ),
    "article_changed": ("Artikel ini sudah diperbarui sejak dikutip.", "This article has changed since it was quoted."),
    "article_removed": ("Artikel ini sudah dihapus sejak dikutip.", "This article was removed after it was quoted."),
    "thanks_good": ("Terima kasih atas penilaiannya! 🙏", "Thank you for the feedback! 🙏"),
    "thanks_bad": ("Terima kasih. Apa yang kurang tepat?", "Thank you. What was wrong?"),
    "comment_prompt": (
        "Silakan balas pesan ini dan tuliskan apa yang kurang tepat.",
        "Please reply to this message and tell us what was wrong.",
    ),
    "comment_thanks": ("Terima kasih, masukan Anda sudah dicatat. 🙏", "Thank you, your comment is noted. 🙏"),
}
_SHORT: Mapping[str, tuple[str, str]] = {
    "example_1": ("Kapan BMW dan Alibaba menandatangani MoU?", "When did BMW and Alibaba sign their MoU?"),
    "example_2": ("Berapa dana yang disalurkan BCA lewat KlikACC?", "How much does BCA lend through KlikACC?"),
    "example_3": ("Di mana basis inovasi BMW dan Alibaba?", "Where is the innovation base of BMW and Alibaba?"),
    "language_name_id": ("Bahasa Indonesia", "Bahasa Indonesia"),
    "language_name_en": ("English", "English"),
    "language_name_auto": ("Otomatis (ikut pertanyaan)", "Automatic (as you ask)"),
    "reason_wrong": ("Isinya keliru", "It is wrong"),
    "reason_off_topic": ("Bukan yang saya tanyakan", "Not what I asked"),
    "reason_outdated": ("Beritanya sudah lama", "The news is outdated"),
    "reason_incomplete": ("Kurang lengkap", "Something is missing"),
    "reason_unanswerable": ("Seharusnya tidak dijawab", "It should not have answered"),
    "reason_other": ("Lainnya (tulis sendiri)", "Something else (write it)"),
    "button_context": ("🔍 Konteks [{n}]", "🔍 Context [{n}]"),
    "button_further": ("📚 Sumber lain", "📚 More sources"),
    "button_follow": ("🔔 Ikuti {partner}", "🔔 Follow {partner}"),
    "button_following": ("✓ Mengikuti {partner}", "✓ Following {partner}"),
    "button_back": ("‹ Kembali", "‹ Back"),
    "button_good": ("👍 Membantu", "👍 Helpful"),
    "button_bad": ("👎 Kurang tepat", "👎 Not quite"),
    "button_open": ("Buka di bot", "Open in the bot"),
    "inline_start": ("Buka bot untuk bertanya lebih lanjut", "Open the bot to ask more"),
    "inline_none_title": ("Jawabannya tidak ditemukan", "No answer found"),
    "inline_none_description": (
        "Tidak ada di berita yang tersimpan. Coba kata lain, atau tulis pertanyaan lengkap.",
        "It is not in the stored news. Try other words, or write the full question.",
    ),
    "command_start": ("Mulai", "Start"),
    "command_help": ("Cara memakai bot ini", "How to use this bot"),
    "command_ask": ("Bertanya tentang berita mitra", "Ask about partner news"),
    "command_latest": ("Berita terbaru, misalnya /latest BMW", "Latest news, for example /latest BMW"),
    "command_sources": ("Media yang beritanya tersimpan", "Publishers of the stored news"),
    "command_language": ("Memilih bahasa", "Choose the language"),
    "command_new": ("Memulai topik baru", "Start a new topic"),
    "command_about": ("Tentang bot ini", "About this bot"),
    "command_follow": ("Mengikuti berita, misalnya /follow BMW", "Follow news, for example /follow BMW"),
    "command_unfollow": ("Berhenti mengikuti, misalnya /unfollow BMW", "Stop following, for example /unfollow BMW"),
    "command_following": ("Yang diikuti di sini", "What is followed here"),
    "command_alerts": ("Mengatur pemberitahuan", "Alert settings"),
    "command_preview": ("Contoh berita yang akan dikirim", "Examples of what would be sent"),
    "command_privacy": ("Data yang disimpan", "What is stored"),
    "command_reindex": ("Menyusun ulang indeks berita", "Rebuild the news index"),
    "bot_description": (
        "Tanyakan apa saja tentang berita mitra, dalam bahasa Indonesia atau Inggris. Jawabannya berupa kutipan asli "
        "dari berita, lengkap dengan sumber, tanggal, dan tautan. Kalau jawabannya tidak ada di berita, bot ini akan "
        "mengatakannya.",
        "Ask about partner news, in English or Indonesian. Answers are original quotes from the news, with source, "
        "date and link. When the news holds no answer, the bot says so.",
    ),
    "bot_short": (
        "Jawaban singkat tentang berita mitra, berupa kutipan asli beserta sumbernya.",
        "Short answers about partner news: original quotes with their sources.",
    ),
}
_ADMIN: Mapping[str, tuple[str, str]] = {
    "admin_only": ("Perintah ini hanya untuk administrator bot.", "This is only for the bot’s administrators."),
    "admin_notice": (
        "⚠️ <b>{kind}</b>\n{detail}\n\nPemberitahuan serupa yang ditahan: {count}",
        "⚠️ <b>{kind}</b>\n{detail}\n\nSimilar notices held back: {count}",
    ),
}
TEXTS: Mapping[str, tuple[str, str]] = {
    **_TALK, **_SHORT, **_ADMIN, **ADMIN_TEXTS, **FOLLOW_TEXTS, **ALERT_WORDS, **OPS_TEXTS,
}  # fmt: skip
"""Indonesian and English of each key."""


def text(key: str, language: str, **values: object) -> str:
    """A text in English for "en" and in Indonesian for anything else: HTML, or plain text for the keys of PLAIN.

    Values are made safe to look at and, in HTML, escaped, unless they are Html. Whole and decimal numbers are written
    as the language does (1.234,5); pass ids as str. KeyError when a value is missing.
    """
    template = TEXTS[key][language == "en"]
    is_plain = key.startswith(PLAIN)
    given = {name: _value(one, language, is_plain) for name, one in values.items()}
    return template.format(**(given if is_plain else _SHARED[language == "en"] | given))


def label(key: str, language: str, **values: object) -> str:
    """Any text as plain text, for toasts, buttons and menus."""
    source = text(key, language, **values)
    return source if key.startswith(PLAIN) else visible(source)


def _value(value: object, language: str, is_plain: bool) -> str:
    if isinstance(value, Html):
        return visible(value) if is_plain else str(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        written = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
        return written if language == "en" else written.translate({ord(","): ".", ord("."): ","})
    given = clip(shown(str(value)), VALUE_UNITS)
    return given if is_plain else escape(given)


def _shared(at: int) -> dict[str, str]:
    """What texts take from one another: the example questions, the commands, the hint for groups."""
    lists = {"commands": COMMANDS, "admin_commands": ADMIN_COMMANDS}
    return {name: escape(TEXTS[name][at]) for name in ("example_1", "example_2", "example_3", "ask_in_group")} | {
        key: "\n".join(f"/{one} – {escape(TEXTS[f'command_{one}'][at])}" for one in names)
        for key, names in lists.items()
    }


_SHARED = (_shared(0), _shared(1))
