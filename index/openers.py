"""Words that begin an Indonesian sentence and are no names, though a headline or a title gives them a capital."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Those that begin five sentences of news-dev or more and stand inside them in small letters, ten times or more and
# three times as often as with a capital; "presiden", "menteri" and "direktur" as well, and none that somebody is called
# by ("Dana", "Suara"). Of 36,901 sentences that begin with an ordinary word so found, 9,279 seemed to begin with a name
# without this list; with it 1,397 do.
OPENERS = _words(
    """
    acara air akhir aksi aktor album anak anak-anak ancaman anggaran anggota apapun aturan awal awalnya ayah babak baca
    bagian baik balapan bangunan baru baru-baru bekas berawal berbicara berdasarkan berikan berita bermain bersama
    bersamaan biaya bisnis bola buat bulan bus calon cara caranya catatan cuma daerah daftar dasar data diberitakan
    diharapkan dikatakan dikutip dilanjutkan dilansir dilaporkan direktur disebut disebutkan ditambah ditambahkan
    ditemui dokter dukungan eks enggak fenomena film final game gelandang gelaran gol gunakan guru hadir hadirnya hakim
    harapan harga harganya hari hasil hasilnya hubungan hukuman ibu industri informasi inilah istri itulah jalur janji
    jelang juara kalah kamar kapten karakter kartu kasus katanya kawasan kebakaran keberhasilan kebiasaan kebijakan
    kedatangan kegagalan kehadiran keinginan kekalahan kekuatan kelompok keluarga kembali kemenangan kemudian kepastian
    keputusan kereta kerja kesalahan keterangan keunggulan khusus kini kiper kisah klub kompetisi kondisi konser kontrak
    laga lagu lalu lanjut laporan latihan lawan layanan lewat makan makanan malam manajemen mantan mari masa
    masing-masing massa masuknya masyarakat media melansir memasuki membuat mendapat mendapatkan menggunakan menghadapi
    mengingat mengutip menteri mesin mobil momen motor mudah-mudahan nama nama-nama namanya nasib negara negara-negara
    nilai operasi orang orang-orang organisasi otoritas pasangan pasti pastikan pasukan pebalap pejabat pekan pekerjaan
    pelaksanaan pelatih pemain pembangunan pembaruan pembiayaan pemberian pemenang pemeriksaan pemerintah pemilik
    pemimpin penambahan pendaftaran pendanaan pendapatan peneliti penelitian penemuan penetapan pengacara pengembangan
    pengguna penggunaan penghargaan pengumuman peningkatan penyakit penyanyi penyerang penyidik peran perbaikan
    perbuatan perdana perempuan peringatan perjalanan perkembangan permainan permintaan pernikahan pernyataan
    pertandingan pertemuan perubahan perusahaan petugas pihak pihaknya pilihan polisi posisi presiden produk program
    publik putusan raihan rapat rencana rencananya ribuan ruang rumah salah sama sang satu satu-satunya sayangnya
    sebaiknya sebanyak sebelum sebelumnya sebut selamat seluruh sementara sepakan serangan seri seseorang sidang sistem
    skema skuat soal statistik studi sumber sungguh surat susunan sutradara tahun tambahan tanpa teknologi temuan
    terakhir tercatat terdapat termasuk ternyata terutama tetap tiba-tiba tim tindakan tinggal tingginya tingkat tugas
    tujuan tuntutan turnamen uang udah umpan unggul unit upaya usaha video warga wilayah
    """
)
