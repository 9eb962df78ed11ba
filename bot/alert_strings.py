"""What the bot says about following and alert settings, in Indonesian and English; see bot/strings.py."""

from __future__ import annotations

from collections.abc import Mapping

_FOLLOW: Mapping[str, tuple[str, str]] = {
    "follow_how": (
        "<b>Apa yang ingin Anda ikuti?</b> Tulis sesudah /follow, misalnya:\n"
        "• <code>/follow BMW</code> – berita yang menyebut BMW\n"
        "• <code>/follow BMW, Grab</code> – BMW dan Grab, masing-masing\n"
        "• <code>/follow &quot;BMW Alibaba&quot;</code> – hanya kalau keduanya disebut\n"
        "• <code>/follow kerja sama +baterai -nikel</code> – kata kunci: + harus ada, - tidak boleh ada\n"
        "• <code>/follow? Siapa yang membangun pabrik baterai?</code> – berita yang menjawab pertanyaan itu\n\n"
        "Untuk kanal tempat saya menjadi admin: <code>/follow @kanal BMW</code>",
        "<b>What would you like to follow?</b> Write it after /follow, for example:\n"
        "• <code>/follow BMW</code> – news that names BMW\n"
        "• <code>/follow BMW, Grab</code> – BMW and Grab, each by itself\n"
        "• <code>/follow &quot;BMW Alibaba&quot;</code> – only where both are named\n"
        "• <code>/follow partnership +battery -nickel</code> – keywords: + must be there, - must not\n"
        "• <code>/follow? Who is building a battery plant?</code> – news that answers the question\n\n"
        "For a channel where I am an admin: <code>/follow @channel BMW</code>",
    ),
    "follow_what_partner": ("berita yang menyebut {names}", "news that names {names}"),
    "follow_what_keywords": ("berita yang memuat {words}", "news that contains {words}"),
    "follow_what_without": ("{what}, tanpa {words}", "{what}, without {words}"),
    "follow_what_question": ("berita yang menjawab “{question}”", "news that answers “{question}”"),
    "follow_done": ("🔔 Diikuti: {what}.", "🔔 Following: {what}."),
    "follow_already": ("Sudah diikuti: {what}.", "Already followed: {what}."),
    "follow_full": (
        "Tidak bisa ditambahkan: {what}. Di sini sudah {count} yang diikuti, dan itu batasnya; hapus dulu salah "
        "satunya lewat /following.",
        "Could not be added: {what}. {count} are followed here already, which is the limit; please remove one with "
        "/following first.",
    ),
    "follow_hint": (
        "Beritanya akan dikirim ke sini. Contohnya bisa dilihat dengan /preview, cara pengirimannya diatur dengan "
        "/alerts.",
        "The news will be sent here. See examples with /preview, and choose how it is sent with /alerts.",
    ),
    "follow_hint_topic": (
        "Beritanya akan dikirim ke topik yang dipilih dengan <code>/alerts topik</code>. Contohnya: /preview",
        "The news will be sent to the topic that was chosen with <code>/alerts topic</code>. Examples: /preview",
    ),
    "follow_hint_there": (
        "Beritanya akan dikirim ke {name}. Contohnya: <code>/preview {handle}</code>; pengaturannya: "
        "<code>/alerts {handle}</code>",
        "The news will be sent to {name}. Examples: <code>/preview {handle}</code>; settings: "
        "<code>/alerts {handle}</code>",
    ),
    "follow_wrong_empty": (
        "Saya tidak menemukan kata yang bisa diikuti di situ. Contohnya ada di /follow.",
        "I found no words to follow there. There are examples in /follow.",
    ),
    "follow_wrong_too_long": (
        "Itu terlalu panjang: paling banyak 200 karakter, dan 80 untuk sebuah nama. Bisa dipersingkat?",
        "That is too long: at most 200 characters, and 80 for a name. Could you shorten it?",
    ),
    "follow_wrong_only_without": (
        "Hanya dengan kata yang tidak boleh ada, hampir semua berita akan cocok. Tambahkan kata yang harus ada, "
        "misalnya <code>/follow +baterai -nikel</code>",
        "With nothing but words to leave out, nearly all news would match. Add a word that must be there, for example "
        "<code>/follow +battery -nickel</code>",
    ),
    "follow_wrong_too_common": (
        "Kata itu ada di hampir semua berita. Coba kata yang lebih khas.",
        "Nearly all news contains that word. Please try something more specific.",
    ),
    "follow_wrong_too_many": (
        "Itu terlalu banyak sekaligus: paling banyak 10 hal dalam satu pesan, dan 8 nama atau kata untuk setiap hal.",
        "That is too much at once: at most 10 things in one message, with 8 names or words each.",
    ),
    "follow_admins_only": (
        "Di grup, hanya admin yang bisa mengatur pemberitahuan.",
        "In a group, only admins can decide about alerts.",
    ),
    "follow_there_private": (
        "Untuk mengatur {name} dari luar, tulis perintah ini di chat pribadi dengan saya.",
        "To manage {name} from elsewhere, please write this in your private chat with me.",
    ),
    "follow_there_unknown": (
        "Saya tidak menemukan kanal atau grup {name}. Periksa ejaannya; untuk kanal tanpa nama publik, tulis "
        "perintahnya di kanal itu sendiri.",
        "I cannot find a channel or group {name}. Please check the spelling; for a channel without a public name, post "
        "the command in the channel itself.",
    ),
    "follow_there_no_bot": (
        "Saya belum bisa menulis di {name}. Jadikan saya admin di sana dengan hak mengirim pesan, lalu coba lagi.",
        "I cannot post in {name} yet. Add me there as an admin with the right to post messages, then try again.",
    ),
    "follow_there_not_admin": (
        "Anda bukan admin yang boleh mengirim pesan di {name}, jadi saya tidak bisa mengubahnya untuk Anda.",
        "You are not an admin with the right to post in {name}, so I cannot change anything there for you.",
    ),
    "follow_there_lost": (
        "Anda tidak lagi menjadi admin yang boleh mengirim pesan di sana.",
        "You are no longer an admin with the right to post there.",
    ),
    "follow_button_gone": (
        "Tombol ini sudah tidak berlaku. Buka lagi daftarnya dengan /following atau /alerts.",
        "This button no longer works. Please open it again with /following or /alerts.",
    ),
    "follow_button_done": (
        "Diikuti: {partner}. Beritanya akan dikirim ke sini. Daftarnya ada di /following.",
        "Following: {partner}. Its news will be sent here. The list is in /following.",
    ),
    "follow_button_topic": (
        "Diikuti: {partner}. Beritanya akan dikirim ke topik yang dipilih dengan /alerts topik. Daftar: /following",
        "Following: {partner}. Its news will be sent to the topic chosen with /alerts topic. List: /following",
    ),
    "follow_button_already": (
        "{partner} sudah diikuti. Daftarnya ada di /following.",
        "{partner} is already followed. The list is in /following.",
    ),
    "follow_button_undone": ("{partner} tidak lagi diikuti.", "{partner} is no longer followed."),
    "follow_button_full": (
        "Di sini sudah {count} yang diikuti, dan itu batasnya. Hapus dulu salah satunya lewat /following.",
        "{count} are followed here already, which is the limit. Please remove one with /following first.",
    ),
    "follow_removed": (
        "Tidak lagi diikuti: {what}.\nUntuk mengikutinya lagi: <code>{command}</code>",
        "No longer followed: {what}.\nTo follow it again: <code>{command}</code>",
    ),
    "follow_not_listed": (
        "“{words}” tidak ada dalam daftar yang diikuti. Lihat /following.",
        "“{words}” is not in the list. See /following.",
    ),
}
_FOLLOWING: Mapping[str, tuple[str, str]] = {
    "following_title": ("<b>Yang diikuti di sini</b> ({count})", "<b>Followed here</b> ({count})"),
    "following_title_of": ("<b>Yang diikuti di {name}</b> ({count})", "<b>Followed in {name}</b> ({count})"),
    "following_none": (
        "Belum ada yang diikuti di sini. Mulailah dengan /follow, misalnya <code>/follow BMW</code>",
        "Nothing is followed here yet. Start with /follow, for example <code>/follow BMW</code>",
    ),
    "following_none_of": (
        "Belum ada yang diikuti di {name}. Mulailah misalnya dengan <code>/follow {handle} BMW</code>",
        "Nothing is followed in {name} yet. Start for example with <code>/follow {handle} BMW</code>",
    ),
    "following_partner": ("mitra", "partner"),
    "following_keywords": ("kata kunci", "keywords"),
    "following_question": ("pertanyaan", "question"),
    "following_paused": ("⏸ dijeda", "⏸ paused"),
    "following_topic": ("topik ini", "this topic"),
    "following_topic_other": ("topik lain", "another topic"),
    "following_topic_general": ("topik umum", "general topic"),
    "following_page": ("Halaman {page} dari {pages}", "Page {page} of {pages}"),
    "following_pause_done": ("{pattern} dijeda.", "{pattern} is paused."),
    "following_resume_done": ("{pattern} diikuti lagi.", "{pattern} is followed again."),
    "following_removed": (
        "{pattern} tidak lagi diikuti. Untuk mengikutinya lagi: {command}",
        "{pattern} is no longer followed. To follow it again: {command}",
    ),
    "following_gone": ("Ini sudah tidak diikuti.", "This is no longer followed."),
    "following_edit": (
        "Balas pesan ini dengan kata-kata baru untuk menggantikan “{pattern}”. Sebuah pertanyaan diakhiri dengan tanda "
        "tanya.",
        "Reply to this message with the new words for “{pattern}”. End a question with a question mark.",
    ),
    "following_edited": ("✏️ Diganti. Kini diikuti: {what}.", "✏️ Changed. Now following: {what}."),
    "following_edit_same": (
        "Itu sudah diikuti di tempat yang sama; tidak ada yang diubah.",
        "That is followed in the same place already; nothing was changed.",
    ),
    "following_edit_one": (
        "Itu beberapa hal sekaligus. Balas sekali lagi dengan satu saja, dan tambahkan yang lain dengan /follow.",
        "Those are several things. Please reply once more with just one, and add the others with /follow.",
    ),
    "button_following_pause": ("⏸ {number}", "⏸ {number}"),
    "button_following_resume": ("▶️ {number}", "▶️ {number}"),
    "button_following_edit": ("✏️ {number}", "✏️ {number}"),
    "button_following_remove": ("🗑 {number}", "🗑 {number}"),
    "button_following_before": ("‹ Sebelumnya", "‹ Previous"),
    "button_following_next": ("Berikutnya ›", "Next ›"),
}
_ALERTS: Mapping[str, tuple[str, str]] = {
    "alerts_title": ("<b>Pemberitahuan di sini</b>", "<b>Alerts here</b>"),
    "alerts_title_of": ("<b>Pemberitahuan di {name}</b>", "<b>Alerts in {name}</b>"),
    "alerts_set": (
        "• Waktu: {mode}\n• Suara: {sound}\n• Jam tenang: {quiet}\n• Batas: {cap} pesan per jam; selebihnya digabung\n"
        "• Perkembangan berita: {updates}\n• Zona waktu: {zone}",
        "• When: {mode}\n• Sound: {sound}\n• Quiet hours: {quiet}\n• Limit: {cap} messages an hour; more are combined\n"
        "• Developments: {updates}\n• Time zone: {zone}",
    ),
    "alerts_instant": ("langsung, begitu beritanya masuk", "at once, as the news comes in"),
    "alerts_hourly": ("satu ringkasan tiap jam", "one digest an hour"),
    "alerts_daily": ("satu ringkasan sehari, pukul {at}", "one digest a day, at {at}"),
    "alerts_weekly": ("satu ringkasan seminggu, {weekday} pukul {at}", "one digest a week, {weekday} at {at}"),
    "alerts_sound_on": ("nyala", "on"),
    "alerts_sound_off": ("senyap", "silent"),
    "alerts_quiet": (
        "{begins}–{ends}; yang masuk saat itu dikirim sesudahnya",
        "{begins}–{ends}; news waits until they end",
    ),
    "alerts_quiet_none": ("tidak ada", "none"),
    "alerts_updates_on": ("dikirim sebagai balasan", "sent as a reply"),
    "alerts_updates_off": ("tidak dikirim", "not sent"),
    "alerts_topic": ("Semuanya dikirim ke satu topik: {topic}", "All are sent to one topic: {topic}"),
    "alerts_topic_number": ("nomor {number}", "number {number}"),
    "alerts_how": (
        "Ubah dengan tombol, atau tulis misalnya:\n{forms}",
        "Change it with the buttons, or write for example:\n{forms}",
    ),
    "alerts_forms": (
        "<code>/alerts harian 08:00</code>\n<code>/alerts mingguan senin 08:00</code>\n"
        "<code>/alerts tenang 22:00-06:00</code>\n<code>/alerts batas 15</code>\n<code>/alerts zona WITA</code>\n"
        "<code>/alerts bahasa inggris</code>",
        "<code>/alerts daily 08:00</code>\n<code>/alerts weekly mon 08:00</code>\n"
        "<code>/alerts quiet 22:00-06:00</code>\n<code>/alerts cap 15</code>\n<code>/alerts zone Asia/Makassar</code>\n"
        "<code>/alerts language indonesian</code>",
    ),
    "alerts_forms_topic": (
        "<code>/alerts topik</code> – semuanya ke topik ini (<code>off</code>: ke tempat masing-masing diikuti)",
        "<code>/alerts topic</code> – all of them into this topic (<code>off</code>: where each was followed)",
    ),
    "alerts_wrong_unknown": (
        "Pengaturan itu tidak saya kenal. Yang bisa ditulis:\n{forms}\n<code>/alerts langsung</code>\n"
        "<code>/alerts tiap jam</code>\n<code>/alerts senyap on</code>\n<code>/alerts perkembangan off</code>\n"
        "<code>/alerts topik</code>",
        "I do not know that setting. You can write:\n{forms}\n<code>/alerts instant</code>\n"
        "<code>/alerts hourly</code>\n<code>/alerts silent on</code>\n<code>/alerts updates off</code>\n"
        "<code>/alerts topic</code>",
    ),
    "alerts_wrong_on_off": (
        "Sesudah itu tulis on atau off, misalnya <code>/alerts senyap on</code>",
        "Write on or off after it, for example <code>/alerts silent on</code>",
    ),
    "alerts_wrong_time": (
        "Jamnya tidak saya pahami. Tulis dari 00:00 sampai 23:59, misalnya <code>/alerts harian 08:00</code>",
        "I did not understand the time. Write 00:00 to 23:59, for example <code>/alerts daily 08:00</code>",
    ),
    "alerts_wrong_weekday": (
        "Harinya tidak saya pahami. Misalnya <code>/alerts mingguan senin 08:00</code>",
        "I did not understand the day. For example <code>/alerts weekly mon 08:00</code>",
    ),
    "alerts_wrong_quiet": (
        "Tulis dua jam yang berbeda, misalnya <code>/alerts tenang 22:00-06:00</code>, atau "
        "<code>/alerts tenang off</code>",
        "Write two different times, for example <code>/alerts quiet 22:00-06:00</code>, or "
        "<code>/alerts quiet off</code>",
    ),
    "alerts_wrong_cap": (
        "Batasnya adalah bilangan dari 1 sampai 60, misalnya <code>/alerts batas 5</code>",
        "The limit is a number from 1 to 60, for example <code>/alerts cap 5</code>",
    ),
    "alerts_wrong_zone": (
        "Zona waktunya tidak saya kenal. Tulis WIB, WITA, WIT, atau nama seperti <code>/alerts zona Asia/Tokyo</code>",
        "I do not know that time zone. Write WIB, WITA, WIT, or a name as in <code>/alerts zone Asia/Tokyo</code>",
    ),
    "alerts_wrong_topic": (
        "Topik hanya ada di grup forum. Tulis <code>/alerts topik</code> di dalam topik yang Anda maksud.",
        "Only forum groups have topics. Write <code>/alerts topic</code> inside the topic that you mean.",
    ),
    "alerts_language_id": ("Bahasa: Indonesia", "Language: Indonesian"),
    "alerts_language_en": ("Bahasa: Inggris", "Language: English"),
    "alerts_wrong_language": (
        "Bahasanya bisa Indonesia atau Inggris, misalnya <code>/alerts bahasa inggris</code>",
        "The language can be Indonesian or English, for example <code>/alerts language english</code>",
    ),
    "alerts_saved": ("Tersimpan.", "Saved."),
    "alerts_weekdays": (
        "Senin Selasa Rabu Kamis Jumat Sabtu Minggu",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    ),
    "button_alerts_sound": ("🔔 Bersuara", "🔔 With sound"),
    "button_alerts_silent": ("🔕 Senyap", "🔕 Silent"),
    "button_alerts_instant": ("Langsung", "At once"),
    "button_alerts_hourly": ("Tiap jam", "Hourly"),
    "button_alerts_daily": ("Harian", "Daily"),
    "button_alerts_weekly": ("Mingguan", "Weekly"),
    "button_alerts_quiet": ("🌙 Tenang {begins}–{ends}", "🌙 Quiet {begins}–{ends}"),
    "button_alerts_quiet_off": ("🌙 Tanpa jam tenang", "🌙 No quiet hours"),
    "button_alerts_cap": ("{cap}/jam", "{cap}/hour"),
    "button_alerts_updates": ("🔄 Dengan perkembangan", "🔄 With developments"),
    "button_alerts_updates_off": ("Tanpa perkembangan", "No developments"),
}
_PREVIEW: Mapping[str, tuple[str, str]] = {
    "preview_title": (
        "<b>Yang cocok sejak {day}</b>\nSatu judul untuk setiap peristiwa, dari paling banyak 1.000 berita terbaru.",
        "<b>What matches since {day}</b>\nOne title for each story, of the newest 1,000 articles at most.",
    ),
    "preview_count": ("<b>{pattern}</b>: {count} berita", "<b>{pattern}</b>: {count}"),
    "preview_none_of": ("Tidak ada berita untuk: {patterns}", "No news for: {patterns}"),
    "preview_none": (
        "Sejak {day} tidak ada berita yang cocok dengan {patterns}. Coba rentang yang lebih panjang "
        "(<code>/preview 30d</code>) atau kata yang lebih umum.",
        "No news has matched {patterns} since {day}. Try a longer time (<code>/preview 30d</code>) or broader words.",
    ),
    "preview_none_month": (
        "Sejak {day} tidak ada berita yang cocok dengan {patterns}. Coba kata yang lebih umum.",
        "No news has matched {patterns} since {day}. Try broader words.",
    ),
    "preview_empty": (
        "Belum ada yang diikuti di sini. Coba langsung dengan kata-kata, misalnya <code>/preview 30d BMW</code>",
        "Nothing is followed here yet. Try it with words, for example <code>/preview 30d BMW</code>",
    ),
}
FOLLOW_TEXTS: Mapping[str, tuple[str, str]] = {**_FOLLOW, **_FOLLOWING, **_ALERTS, **_PREVIEW}
"""Keys as in bot.strings: those of buttons and commands are plain text, the others HTML."""
