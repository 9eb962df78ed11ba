"""What the bot says to those who run it, in Indonesian and English, side by side."""

from __future__ import annotations

from collections.abc import Mapping

_REINDEX: Mapping[str, tuple[str, str]] = {
    "reindex_how": (
        "Pilihannya:\n/reindex – hanya yang berubah\n<code>/reindex penuh</code> – semuanya dihitung ulang\n"
        "<code>/reindex model</code> – pindah ke model yang disebut di pengaturan",
        "The choices:\n/reindex – only what changed\n<code>/reindex full</code> – everything anew\n"
        "<code>/reindex model</code> – pass to the model that the settings name",
    ),
    "reindex_title": (
        "🔄 <b>Indeks sedang disusun ulang</b> ({mode})",
        "🔄 <b>The index is being rebuilt</b> ({mode})",
    ),
    "reindex_mode_changed": ("yang berubah saja", "only what changed"),
    "reindex_mode_full": ("semuanya", "everything"),
    "reindex_mode_model": ("model baru", "the new model"),
    "reindex_same_model": (
        "Indeks sudah memakai model yang disebut di pengaturan: {model}. Untuk pindah ke model lain, ubah "
        "WARTA_EMBEDDER lalu mulai ulang bot.",
        "The index is already of the model that the settings name: {model}. To pass to another one, change "
        "WARTA_EMBEDDER and restart the bot.",
    ),
    "reindex_mode_other": ("dimulai di luar bot", "started outside the bot"),
    "reindex_begins": (
        "Sedang bersiap … Bot tetap menjawab dengan indeks yang lama.",
        "Getting ready … The bot keeps answering from the old index.",
    ),
    "reindex_bar": ("<code>{bar}</code> {percent} %", "<code>{bar}</code> {percent} %"),
    "reindex_count": ("{stage}: {done} dari {total}", "{stage}: {done} of {total}"),
    "reindex_stage": ("{stage} …", "{stage} …"),
    "reindex_speed": ("{speed} per detik, sekitar {left} lagi", "{speed} a second, about {left} left"),
    "stage_model": ("Menyiapkan model", "Preparing the model"),
    "stage_plan": ("Mencari yang berubah", "Looking for changes"),
    "stage_embed": ("Menghitung", "Embedding"),
    "stage_check": ("Menguji indeks baru", "Trying the new index"),
    "stage_swap": ("Mengganti indeks", "Swapping the index in"),
    "stage_index": ("Menyimpan indeks", "Saving the index"),
    "span_seconds": ("{seconds} detik", "{seconds} s"),
    "span_minutes": ("{minutes} menit", "{minutes} min"),
    "span_hours": ("{hours} jam {minutes} menit", "{hours} h {minutes} min"),
    "reindex_running": (
        "Indeks memang sedang disusun ulang; lihat pesan di atas. Hasilnya saya kirim ke sini.",
        "The index is being rebuilt already; see the message above. I will post the outcome here.",
    ),
    "reindex_done": (
        "✅ Indeks selesai disusun ulang dalam {span}: {articles} artikel, {chunks} potongan "
        "({embedded} dihitung baru, {reused} dipakai lagi).",
        "✅ The index was rebuilt in {span}: {articles} articles, {chunks} passages "
        "({embedded} newly embedded, {reused} reused).",
    ),
    "reindex_size": ("Ukuran: {before} MB → {after} MB", "Size: {before} MB → {after} MB"),
    "reindex_model": ("Modelnya sekarang {model}.", "The model is now {model}."),
    "reindex_rejected": (
        "⚠️ Indeks baru tidak dipakai; bot tetap memakai indeks yang lama. Alasannya: {reason}",
        "⚠️ The new index was not taken; the bot stays with the old one. Reason: {reason}",
    ),
    "reindex_failed": (
        "⚠️ Indeks gagal disusun ulang; indeks yang lama tetap dipakai. Penyebab: {reason}",
        "⚠️ Rebuilding the index failed; the old one stays in use. Cause: {reason}",
    ),
    "reindex_cancelled": (
        "⏹ Penyusunan ulang dibatalkan; indeks yang lama tetap dipakai. Yang sudah dihitung tidak hilang: "
        "/reindex berikutnya melanjutkan dari situ.",
        "⏹ Rebuilding was cancelled; the old index stays in use. What was done so far is kept: "
        "the next /reindex goes on from there.",
    ),
    "reindex_interrupted": (
        "⏹ Penyusunan ulang terputus karena prosesnya berhenti; indeks yang lama tetap dipakai. Yang sudah dihitung "
        "tidak hilang: /reindex melanjutkan dari situ.",
        "⏹ Rebuilding was cut off because its process ended; the old index stays in use. What was done so far is "
        "kept: /reindex goes on from there.",
    ),
    "reindex_over_done": ("✅ Indeks selesai disusun ulang.", "✅ The index was rebuilt."),
    "reindex_over_rejected": ("⚠️ Indeks baru tidak dipakai.", "⚠️ The new index was not taken."),
    "reindex_over_failed": ("⚠️ Indeks gagal disusun ulang.", "⚠️ Rebuilding the index failed."),
    "reindex_over_cancelled": ("⏹ Penyusunan ulang dibatalkan.", "⏹ Rebuilding was cancelled."),
    "reindex_over_interrupted": ("⏹ Penyusunan ulang terputus.", "⏹ Rebuilding was cut off."),
    "reindex_cancelling": ("Penyusunan ulang sedang dihentikan.", "Rebuilding is being stopped."),
    "reindex_nothing_runs": ("Penyusunan ulang ini sudah selesai.", "This rebuild is over already."),
    "reindex_elsewhere": (
        "Penyusunan ulang ini dimulai di luar bot, jadi tidak bisa dibatalkan dari sini.",
        "This rebuild was started outside the bot, so it cannot be cancelled here.",
    ),
    "button_cancel": ("✖ Batalkan", "✖ Cancel"),
}
_ADMINS: Mapping[str, tuple[str, str]] = {
    "admin_usage": (
        "<b>Administrator bot</b>\n<code>/admin list</code> – siapa saja administratornya\n"
        "<code>/admin add</code> – kode sekali pakai untuk administrator baru\n"
        "<code>/admin remove ID</code> – mencabut hak administrator\n\n"
        "Menambah dan mencabut hanya bisa dilakukan pemilik bot.",
        "<b>Administrators of the bot</b>\n<code>/admin list</code> – who they are\n"
        "<code>/admin add</code> – a one-time code for a new administrator\n"
        "<code>/admin remove ID</code> – take the rights away again\n\n"
        "Only the bot’s owners can add and remove.",
    ),
    "admin_code": (
        "Kode administrator: <code>{code}</code>\n\nBerlaku {minutes} menit, untuk satu orang. Berikan langsung kepada "
        "yang bersangkutan. Ia perlu mengirim pesan ini kepada saya di chat pribadi:\n<code>/admin {code}</code>",
        "Administrator code: <code>{code}</code>\n\nIt is good for {minutes} minutes and one person. Hand it to them "
        "directly. They need to send me this in a private chat:\n<code>/admin {code}</code>",
    ),
    "admin_welcome": (
        "Selamat datang! Anda sekarang administrator bot ini. Perintah Anda ada di /help.",
        "Welcome! You are now an administrator of this bot. Your commands are in /help.",
    ),
    "admin_joined": (
        "<b>{name}</b> sekarang administrator bot ini. Untuk mencabutnya: <code>/admin remove {id}</code>",
        "<b>{name}</b> is now an administrator of this bot. To undo that: <code>/admin remove {id}</code>",
    ),
    "admin_already": ("Anda sudah menjadi administrator bot ini.", "You are an administrator of this bot already."),
    "admin_code_wrong": (
        "Kode itu tidak berlaku. Silakan minta kode baru kepada pemilik bot.",
        "That code is not valid. Please ask the bot’s owner for a new one.",
    ),
    "admin_code_limited": (
        "Terlalu banyak kode yang salah. Silakan coba lagi satu jam lagi.",
        "That was too many wrong codes. Please try again in an hour.",
    ),
    "admin_in_private": (
        "Perintah ini hanya bisa dipakai di chat pribadi dengan saya.",
        "This only works in a private chat with me.",
    ),
    "admin_owner_only": ("Hanya pemilik bot yang bisa melakukan ini.", "Only the bot’s owners can do this."),
    "admin_list": ("<b>Administrator bot</b>\n{rows}", "<b>Administrators of the bot</b>\n{rows}"),
    "admin_row_owner": ("• <code>{id}</code> – pemilik", "• <code>{id}</code> – owner"),
    "admin_row": ("• {name} (<code>{id}</code>), sejak {date}", "• {name} (<code>{id}</code>), since {date}"),
    "admin_removed": (
        "<b>{name}</b> bukan lagi administrator bot ini.",
        "<b>{name}</b> is no longer an administrator of this bot.",
    ),
    "admin_removed_you": (
        "Anda bukan lagi administrator bot ini. Bertanya tetap bisa seperti biasa.",
        "You are no longer an administrator of this bot. You can go on asking me as before.",
    ),
    "admin_remove_owner": (
        "Pemilik bot ditetapkan di setelan WARTA_ADMINS di server, jadi tidak bisa dicabut dari sini.",
        "Owners are named in the setting WARTA_ADMINS on the server and cannot be removed here.",
    ),
    "admin_remove_unknown": (
        "Tidak ada administrator dengan ID itu. Lihat <code>/admin list</code>.",
        "There is no administrator with that ID. See <code>/admin list</code>.",
    ),
    "audit_title": ("<b>Catatan tindakan administrator</b>\n{rows}", "<b>What administrators did</b>\n{rows}"),
    "audit_none": ("Belum ada catatan.", "Nothing has been noted yet."),
    "audit_bot": ("bot", "bot"),
    "outcome_done": ("berhasil", "done"),
    "outcome_started": ("dimulai", "started"),
    "outcome_joined": ("ikut menunggu", "joined"),
    "outcome_failed": ("gagal", "failed"),
    "outcome_rejected": ("indeks baru ditolak", "new index rejected"),
    "outcome_cancelled": ("dibatalkan", "cancelled"),
    "outcome_interrupted": ("terputus", "cut off"),
    "outcome_refused": ("ditolak", "refused"),
    "outcome_wrong": ("kode salah", "wrong code"),
    "outcome_void": ("kode dibatalkan", "code made void"),
    "outcome_nobody": ("tidak ditemukan", "not found"),
    "command_admin": ("Mengatur administrator bot", "Manage the bot’s administrators"),
    "command_audit": ("Catatan tindakan administrator", "What administrators did"),
}
ADMIN_TEXTS: Mapping[str, tuple[str, str]] = {**_REINDEX, **_ADMINS}
