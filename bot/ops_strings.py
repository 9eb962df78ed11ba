"""What the bot says to its administrators about running it, in Indonesian and English; see bot/strings.py."""

from __future__ import annotations

from collections.abc import Mapping

_STATS: Mapping[str, tuple[str, str]] = {
    "stats": (
        "<b>Berita</b>\nArtikel: {articles}, {recent} di antaranya masuk dalam 7 hari terakhir\nPotongan: {chunks}\n"
        "Artikel terbaru: {newest}\nMitra: {partners}\n"
        "Sumber: {active} aktif, {failing} gagal, {off} dimatikan\n\n"
        "<b>7 hari terakhir</b>\nPertanyaan: {asked} (per hari: {by_day})\n"
        "Terjawab: {answered} · tidak terjawab: {abstained} · 👎: {bad}\n"
        "Waktu jawab: {p50} detik (p50), {p95} detik (p95)\nPemberitahuan terkirim: {alerts}\n\n"
        "<b>Saat ini</b>\nChat aktif: {chats}\nYang diikuti: {follows}\n"
        "Pesan masuk: {inbox} menunggu atau sedang dikerjakan, {put_aside} disisihkan\n"
        "Pemberitahuan: {queued} menunggu, {sending} sedang dikirim, {sent} terkirim, {unknown} belum pasti, "
        "{dead} gagal\nPengiriman yang hasilnya tidak diketahui: {unknowns}\n\n"
        "<b>Server</b>\nBasis data: {database}\nIndeks: {index}\nRuang kosong: {free}",
        "<b>News</b>\nArticles: {articles}, {recent} of them new in the last 7 days\nPassages: {chunks}\n"
        "Newest article: {newest}\nPartners: {partners}\n"
        "Sources: {active} active, {failing} failing, {off} switched off\n\n"
        "<b>Last 7 days</b>\nQuestions: {asked} (by day: {by_day})\n"
        "Answered: {answered} · abstained: {abstained} · 👎: {bad}\n"
        "Time to answer: {p50} s (p50), {p95} s (p95)\nAlerts sent: {alerts}\n\n"
        "<b>Right now</b>\nActive chats: {chats}\nFollowed: {follows}\n"
        "Incoming messages: {inbox} waiting or in work, {put_aside} put aside\n"
        "Alerts: {queued} waiting, {sending} being sent, {sent} sent, {unknown} unsure, "
        "{dead} failed\nSends with an unknown outcome: {unknowns}\n\n"
        "<b>Server</b>\nDatabase: {database}\nIndex: {index}\nFree disk space: {free}",
    ),
    "stats_picture": (
        "30 hari terakhir\nPertanyaan: {questions}{questions_peak}\nArtikel baru: {articles}{articles_peak}",
        "Last 30 days\nQuestions: {questions}{questions_peak}\nNew articles: {articles}{articles_peak}",
    ),
    "stats_peak": ("(terbanyak {count}, pada {day})", "(most on {day}: {count})"),
    "bot_plot_questions": ("Pertanyaan per hari", "Questions per day"),
    "bot_plot_articles": ("Artikel baru per hari", "New articles per day"),
    "bot_plot_months": (
        "Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des",
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    ),
    "ops_moment": ("baru saja", "just now"),
    "ops_minutes": ("{count} menit lalu", "{count} min ago"),
    "ops_hours": ("{count} jam lalu", "{count} h ago"),
    "ops_days": ("{count} hari lalu", "{count} d ago"),
}
_HEALTH: Mapping[str, tuple[str, str]] = {
    "health": ("<b>Keadaan bot</b>\n{rows}", "<b>How the bot is</b>\n{rows}"),
    "health_index": ("Indeks: dimuat dan mutakhir", "Index: loaded and current"),
    "health_index_model": (
        "Indeks: dibuat dengan model {model}, sedangkan pengaturan menyebut {named}. Bot menjawab dengan model yang "
        "lama sampai reindex berikutnya; jalankan /reindex, jenis mana pun",
        "Index: it is of the model {model}, but the settings name {named}. The bot answers with the old one until the "
        "next reindex; run /reindex, of any kind",
    ),
    "health_index_words": (
        "Indeks: dibuat dengan model {model}, yang tidak bisa dimuat, sedangkan pengaturan menyebut {named}. Pencarian "
        "hanya mencocokkan kata; jalankan /reindex, jenis mana pun",
        "Index: it is of the model {model}, which cannot be loaded, and the settings name {named}. Search only matches "
        "words; run /reindex, of any kind",
    ),
    "health_index_rules": (
        "Indeks: disusun menurut aturan lama; jalankan /reindex",
        "Index: it was made by older rules; run /reindex",
    ),
    "health_index_damaged": (
        "Indeks: berkasnya rusak, jadi disusun dari basis data; jalankan /reindex ({detail})",
        "Index: its files are damaged, so it was built from the database; run /reindex ({detail})",
    ),
    "health_index_bad": (
        "Indeks: tidak bisa dipakai; jalankan <code>warta doctor</code> di server ({detail})",
        "Index: cannot be used; run <code>warta doctor</code> on the server ({detail})",
    ),
    "health_database": ("Basis data: bisa ditulis", "Database: can be written"),
    "health_database_bad": (
        "Basis data: tidak bisa ditulis; periksa ruang disk dan hak akses di server ({detail})",
        "Database: cannot be written; check disk space and permissions on the server ({detail})",
    ),
    "health_telegram": ("Telegram: terhubung", "Telegram: reachable"),
    "health_sources": ("Sumber: {active} berjalan baik", "Sources: {active} are well"),
    "health_sources_none": (
        "Sumber: belum ada; tambahkan dengan /source add",
        "Sources: there are none yet; add one with /source add",
    ),
    "health_sources_bad": (
        "Sumber: {failing} gagal, {off} dimatikan, {active} berjalan baik; penyebabnya ada di /source list",
        "Sources: {failing} failing, {off} switched off, {active} well; /source list tells why",
    ),
    "health_sync": ("Pembacaan sumber: terakhir {ago}", "Sync: last one {ago}"),
    "health_sync_running": (
        "Pembacaan sumber: sedang berjalan, {done} dari {total}",
        "Sync: under way, {done} of {total}",
    ),
    "health_sync_never": (
        "Pembacaan sumber: belum pernah; tunggu beberapa menit, atau jalankan <code>warta sync</code> di server",
        "Sync: none yet; wait some minutes, or run <code>warta sync</code> on the server",
    ),
    "health_sync_off": (
        "Pembacaan sumber: tidak otomatis (WARTA_SYNC_MINUTES=0), terakhir {ago}",
        "Sync: not automatic (WARTA_SYNC_MINUTES=0), last one {ago}",
    ),
    "health_sync_late": (
        "Pembacaan sumber: terakhir {ago}, seharusnya lebih sering; jalankan <code>warta sync</code> di server untuk "
        "melihat sebabnya",
        "Sync: last one {ago}, which is too long; run <code>warta sync</code> on the server to see why",
    ),
    "health_outbox": ("Pemberitahuan: {waiting} menunggu", "Alerts: {waiting} waiting"),
    "health_outbox_bad": (
        "Pemberitahuan: {waiting} menunggu, {unknown} belum pasti, {dead} gagal dalam 7 hari; lihat "
        "<code>warta outbox list</code> di server",
        "Alerts: {waiting} waiting, {unknown} unsure, {dead} failed in 7 days; see <code>warta outbox list</code> on "
        "the server",
    ),
    "health_disk": ("Disk: {free} kosong", "Disk: {free} free"),
    "health_disk_bad": (
        "Disk: tinggal {free}; kosongkan ruang di server sebelum penuh",
        "Disk: only {free} left; free some space on the server before it is full",
    ),
    "health_llm": ("Model bahasa: menyusun jawaban", "Language model: puts answers into words"),
    "health_llm_bad": (
        "Model bahasa: gagal {failures} kali berturut-turut; dicoba lagi dalam {seconds} detik. Sementara itu jawaban "
        "berisi kutipan saja. Periksa WARTA_LLM_URL dan server modelnya.",
        "Language model: failed {failures} times in a row; tried again in {seconds} s. Meanwhile answers are quotes "
        "alone. Check WARTA_LLM_URL and the model's server.",
    ),
    "health_reranker": ("Pemeringkat (WARTA_RERANKER): tidak ada masalah", "Reranker (WARTA_RERANKER): no trouble"),
    "health_reranker_bad": (
        "Pemeringkat: gagal pada pertanyaan terakhir, jadi jawaban memakai urutan pertama ({detail})",
        "Reranker: failed at the last question, so answers come in the first order ({detail})",
    ),
    "health_backup": ("Cadangan: terakhir {ago}", "Backup: last one {ago}"),
    "health_backup_bad": (
        "Cadangan: terakhir {ago}; buat yang baru dengan /backup now",
        "Backup: last one {ago}; make one with /backup now",
    ),
    "health_backup_none": (
        "Cadangan: belum ada; buat dengan /backup now",
        "Backup: there is none yet; make one with /backup now",
    ),
    "health_backup_unread": (
        "Cadangan: foldernya tidak bisa dibaca; periksa WARTA_BACKUP_DIR ({detail})",
        "Backup: its folder cannot be read; check WARTA_BACKUP_DIR ({detail})",
    ),
}
_WORK: Mapping[str, tuple[str, str]] = {
    "add_how": (
        "Tulis alamat artikelnya, paling banyak {most} sekaligus:\n<code>/add https://…</code>",
        "Write the address of the article, at most {most} at once:\n<code>/add https://…</code>",
    ),
    "add_not_web": (
        "{word} bukan alamat web. Alamat dimulai dengan http:// atau https://, misalnya:\n<code>/add https://…</code>",
        "{word} is not a web address. One begins with http:// or https://, for example:\n<code>/add https://…</code>",
    ),
    "add_started": ("⏳ Sedang diambil …", "⏳ Fetching …"),
    "add_interrupted": (
        "⏹ Terputus karena bot dimulai ulang. Silakan kirim /add yang sama sekali lagi; artikel yang sudah masuk tidak "
        "akan tercatat dua kali.",
        "⏹ Cut off, because the bot was restarted. Please send the same /add again; an article that is stored already "
        "is not stored twice.",
    ),
    "add_new": ("✅ Artikel baru: {title}", "✅ New article: {title}"),
    "add_changed": ("✅ Diperbarui: {title}", "✅ Updated: {title}"),
    "add_unchanged": ("☑️ Sudah ada dan tidak berubah: {title}", "☑️ Stored already, unchanged: {title}"),
    "add_duplicate": (
        "☑️ Isinya sama dengan artikel yang sudah ada: {title}",
        "☑️ The same text as an article that is stored: {title}",
    ),
    "add_failed": ("⚠️ {location} tidak bisa ditambahkan: {reason}", "⚠️ {location} could not be added: {reason}"),
    "ops_failed": ("⚠️ Tidak berhasil: {reason}", "⚠️ That did not work: {reason}"),
    "ops_missing": (
        "⚠️ Perintah ini belum ada di versi yang terpasang; perbarui dulu Warta Mitra di server.",
        "⚠️ The installed version does not have this command yet; please upgrade Warta Mitra on the server.",
    ),
    "source_how": (
        "<b>Sumber berita</b>\n• <code>/source list</code> – semua sumber dan keadaannya\n"
        "• <code>/source add https://…</code> – ikuti umpan RSS, peta situs, atau halaman\n"
        "• <code>/source remove 3</code> – berhenti mengikuti sumber nomor 3; artikelnya tetap ada",
        "<b>News sources</b>\n• <code>/source list</code> – all sources and how they are\n"
        "• <code>/source add https://…</code> – follow a feed, a sitemap or a page\n"
        "• <code>/source remove 3</code> – no longer follow source 3; its articles stay",
    ),
    "source_none": (
        "Belum ada sumber. Tambahkan dengan <code>/source add https://…</code>",
        "There are no sources yet. Add one with <code>/source add https://…</code>",
    ),
    "source_list": ("<b>Sumber</b> ({page}/{pages})\n{rows}", "<b>Sources</b> ({page}/{pages})\n{rows}"),
    "source_more": (
        "Berikutnya: <code>/source list {page}</code>",
        "Next: <code>/source list {page}</code>",
    ),
    "source_row": (
        "<b>{id}</b> · {title}\n{health} · {articles} artikel",
        "<b>{id}</b> · {title}\n{health} · {articles} articles",
    ),
    "source_well": ("✅ dibaca {ago}", "✅ read {ago}"),
    "source_unread": ("⏳ belum dibaca", "⏳ not read yet"),
    "source_failing": ("⚠️ gagal {count} kali: {reason}", "⚠️ failed {count} times: {reason}"),
    "source_off": ("⏸ dimatikan", "⏸ switched off"),
    "source_started": ("⏳ Alamatnya sedang dilihat …", "⏳ Looking at the address …"),
    "source_interrupted": (
        "⏹ Terputus karena bot dimulai ulang. Lihat <code>/source list</code>; kalau sumbernya belum ada, silakan "
        "tambahkan sekali lagi.",
        "⏹ Cut off, because the bot was restarted. Look at <code>/source list</code>; if the source is not there, "
        "please add it again.",
    ),
    "source_added": (
        "✅ Diikuti sebagai sumber {id}: {title}\n{url}\nDibaca tiap {minutes} menit.",
        "✅ Followed as source {id}: {title}\n{url}\nRead every {minutes} min.",
    ),
    "source_removed": (
        "Tidak diikuti lagi: {url}. Artikelnya tetap ada.",
        "No longer followed: {url}. Its articles stay.",
    ),
    "source_unknown": (
        "Sumber {name} tidak ada. Nomor semua sumber ada di /source list.",
        "There is no source {name}. /source list has the numbers of all sources.",
    ),
    "quality_started": (
        "⏳ Pertanyaan yang tersimpan sedang diuji; ini bisa memakan beberapa menit.",
        "⏳ Asking the saved questions; this may take some minutes.",
    ),
    "quality_interrupted": (
        "⏹ Terputus karena bot dimulai ulang. Silakan kirim /quality sekali lagi.",
        "⏹ Cut off, because the bot was restarted. Please send /quality again.",
    ),
    "quality": (
        "{mark} <b>Mutu jawaban</b> ({questions} pertanyaan)\n{rows}",
        "{mark} <b>Quality of the answers</b> ({questions} questions)\n{rows}",
    ),
    "quality_hit": ("Jawaban pertama benar: {value}", "First answer right: {value}"),
    "quality_recall": ("Sumbernya di antara lima teratas: {value}", "Source among the first five: {value}"),
    "quality_abstained": ("Tidak dijawab: {value}", "Abstained: {value}"),
    "quality_before": ("(sebelumnya {value})", "(before: {value})"),
    "quality_worse": (
        "Lebih buruk daripada sebelumnya: periksa artikel atau model yang terakhir berubah.",
        "Worse than before: look at the articles or the model that changed last.",
    ),
    "backup_private": (
        "Soal cadangan hanya saya bahas di chat pribadi.",
        "I only talk about backups in a private chat.",
    ),
    "backup_off": (
        "Cadangan belum diatur. Isi WARTA_BACKUP_DIR dengan sebuah folder di server, sebaiknya di disk lain, lalu "
        "mulai ulang bot.",
        "No backups are set up. Set WARTA_BACKUP_DIR to a folder on the server, best on another disk, and restart the "
        "bot.",
    ),
    "backup_none": (
        "Belum ada cadangan di <code>{folder}</code>.\nBuat sekarang dengan <code>/backup now</code>",
        "There is no backup in <code>{folder}</code> yet.\nMake one now with <code>/backup now</code>",
    ),
    "backup_kept": (
        "<b>Cadangan</b>\nFolder: <code>{folder}</code>\nTerbaru: {name}, {size}, {ago}\nTersimpan: {count} dari "
        "paling banyak {keep}\nSetiap hari pukul {at} WIB; sekarang juga dengan <code>/backup now</code>",
        "<b>Backups</b>\nFolder: <code>{folder}</code>\nNewest: {name}, {size}, {ago}\nKept: {count} of at most "
        "{keep}\nEvery day at {at} in Jakarta; right now with <code>/backup now</code>",
    ),
    "backup_started": ("⏳ Cadangan sedang dibuat …", "⏳ Making a backup …"),
    "backup_interrupted": (
        "⏹ Terputus karena bot dimulai ulang. Cadangan yang belum selesai tidak akan dipakai; silakan kirim "
        "<code>/backup now</code> sekali lagi.",
        "⏹ Cut off, because the bot was restarted. A backup that was not finished is never used; please send "
        "<code>/backup now</code> again.",
    ),
    "backup_done": (
        "✅ Cadangan selesai dan sudah diperiksa: <code>{path}</code>, {size}, {seconds} detik.",
        "✅ The backup is made and checked: <code>{path}</code>, {size}, {seconds} s.",
    ),
    "command_health": ("Keadaan bot", "How the bot is"),
    "command_add": ("Menambah artikel dari web", "Add an article from the web"),
    "command_source": ("Sumber berita: lihat, tambah, hapus", "News sources: list, add, remove"),
    "command_quality": ("Menguji mutu jawaban", "Measure the quality of the answers"),
    "command_backup": ("Cadangan: lihat atau buat", "Backups: see or make"),
    "command_stats": ("Angka pemakaian", "Usage figures"),
}
OPS_TEXTS: Mapping[str, tuple[str, str]] = {**_STATS, **_HEALTH, **_WORK}
