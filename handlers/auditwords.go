package handlers

import (
	"kodebayar/db"
	"kodebayar/payments"
)

// auditKinds are all kinds of events in the order of the filter: codes and
// money, shifts and files, people, the shop. One of an unknown version shows as
// it is.
var auditKinds = []named{
	{string(payments.EventCreated), text{"Kode dibuat", "Code made"}},
	{string(payments.EventActivated), text{"Kode diberi DOKU", "Code given by DOKU"}},
	{string(payments.EventRejected), text{"Kode ditolak DOKU", "Code refused by DOKU"}},
	{string(payments.EventUnanswered), text{"Jawaban DOKU tidak sampai", "DOKU's answer lost"}},
	{string(payments.EventReplaced), text{"Kode diganti yang lain", "Code replaced by another"}},
	{string(payments.EventWarned), text{"Jawaban DOKU tidak persis", "DOKU's answer not quite right"}},
	{string(payments.EventUpdateAsked), text{"Perubahan kode diminta", "Change of a code asked for"}},
	{string(payments.EventUpdated), text{"Kode diubah", "Code changed"}},
	{string(payments.EventUpdateRefused), text{"Perubahan ditolak DOKU", "Change refused by DOKU"}},
	{string(payments.EventUpdateGivenUp), text{"Perubahan tidak dikirim lagi", "Change not sent again"}},
	{string(payments.EventCancelAsked), text{"Pembatalan diminta", "Cancel asked for"}},
	{string(payments.EventCancelTaken), text{"Pembatalan diterima DOKU", "Cancel taken by DOKU"}},
	{string(payments.EventCancelRefused), text{"Pembatalan ditolak DOKU", "Cancel refused by DOKU"}},
	{string(payments.EventCancelled), text{"Kode dibatalkan", "Code cancelled"}},
	{string(payments.EventExpired), text{"Batas waktu lewat", "Deadline passed"}},
	{string(payments.EventViewed), text{"Halaman pelanggan dibuka", "Customer's page opened"}},
	{string(payments.EventPrinted), text{"Dibuka untuk dicetak", "Opened to be printed"}},
	{string(payments.EventNoted), text{"Catatan ditambahkan", "Note added"}},
	{string(payments.EventInquired), text{"Kode ditanyakan dari kasir Alfamart", "Code asked for at a till"}},
	{string(payments.EventChecked), text{"Status ditanyakan ke DOKU", "Status asked of DOKU"}},
	{string(payments.EventTold), text{"Pemberitahuan DOKU tanpa uang", "DOKU's notification without money"}},
	{string(payments.EventPaid), text{"Uang masuk", "Money received"}},
	{string(payments.EventConfirmed), text{"Pembayaran dikuatkan", "Payment confirmed"}},
	{string(payments.EventReviewed), text{"Uang disimpan terpisah untuk dicek", "Money kept apart to be looked at"}},
	{string(payments.EventResolved), text{"Uang yang dicek diputuskan", "Money looked at decided about"}},
	{string(payments.EventAttention), text{"Perlu dicek", "Needs a look"}},
	{string(payments.EventAttentionDone), text{"Selesai dicek", "Looked at"}},
	{string(payments.EventReplayed), text{"Diputar ulang", "Run again"}},
	{string(payments.EventHandedOver), text{"Sudah diserahkan", "Handed over"}},
	{string(payments.EventRefundAsked), text{"Pengembalian menunggu orang kedua", "Refund waits for a second person"}},
	{string(payments.EventRefunded), text{"Pengembalian dicatat", "Refund recorded"}},
	{string(payments.EventRefundDeclined), text{"Pengembalian ditolak", "Refund declined"}},
	{string(payments.EventClosed), text{"Shift ditutup", "Shift closed"}},
	{string(payments.EventSettled), text{"Berkas settlement dicocokkan", "Settlement file compared"}},
	{string(payments.EventBatchStarted), text{"Banyak kode sekaligus: mulai", "Many codes at once: begun"}},
	{string(payments.EventBatchStopped), text{"Banyak kode sekaligus: dihentikan", "Many codes at once: stopped"}},
	{string(payments.EventBatchResumed), text{"Banyak kode sekaligus: dilanjutkan", "Many codes at once: went on"}},
	{string(payments.EventBatchDone), text{"Banyak kode sekaligus: selesai", "Many codes at once: finished"}},
	{string(payments.EventBatchPrinted), text{"Banyak kode sekaligus: kartu dibuka untuk dicetak", "Many codes at once: cards opened to be printed"}},
	{string(db.EventSignedIn), text{"Masuk", "Signed in"}},
	{string(db.EventPINSignedIn), text{"Masuk dengan PIN", "Signed in by PIN"}},
	{string(db.EventSignInFailed), text{"Gagal masuk", "Sign-in failed"}},
	{string(db.EventSignedOut), text{"Keluar", "Signed out"}},
	{string(db.EventSessionsEnded), text{"Dikeluarkan dari perangkat", "Signed out elsewhere"}},
	{string(db.EventStaffAdded), text{"Staf baru", "New member of staff"}},
	{string(db.EventStaffChanged), text{"Staf diubah", "Staff changed"}},
	{string(db.EventInvited), text{"Undangan dibuat", "Invitation made"}},
	{string(db.EventResetLink), text{"Tautan kata sandi dibuat", "Password link made"}},
	{string(db.EventInviteWithdrawn), text{"Tautan dibatalkan", "Link withdrawn"}},
	{string(db.EventFactorOn), text{"Verifikasi dua langkah aktif", "Two-step sign-in on"}},
	{string(db.EventFactorOff), text{"Verifikasi dua langkah mati", "Two-step sign-in off"}},
	{string(db.EventRecoveryUsed), text{"Kode pemulihan dipakai", "Recovery code used"}},
	{string(db.EventRecoveryMade), text{"Kode pemulihan baru", "New recovery codes"}},
	{string(db.EventPasskeyAdded), text{"Passkey ditambahkan", "Passkey added"}},
	{string(db.EventPasskeyRemoved), text{"Passkey dihapus", "Passkey removed"}},
	{string(db.EventPasskeyCloned), text{"Passkey ditolak: ada salinannya", "Passkey refused: there is a copy of it"}},
	{string(db.EventPINSet), text{"PIN dipasang", "PIN set"}},
	{string(db.EventPINRemoved), text{"PIN dihapus", "PIN removed"}},
	{string(db.EventTillAdded), text{"Kasir bersama ditambahkan", "Shared till added"}},
	{string(db.EventTillLink), text{"Tautan kasir bersama dibuat", "Shared till link made"}},
	{string(db.EventTillRemoved), text{"Kasir bersama dicabut", "Shared till revoked"}},
	{string(db.EventSettingChanged), text{"Pengaturan diubah", "Setting changed"}},
	{string(db.EventCredentials), text{"Kredensial DOKU diganti", "Credentials at DOKU changed"}},
	{string(db.EventBlanked), text{"Data pribadi dihapus", "Personal data deleted"}},
	{string(db.EventBackupMade), text{"Cadangan dibuat dan teruji", "Backup made and tested"}},
	{string(db.EventBackupFailed), text{"Cadangan gagal", "Backup failed"}},
	{string(db.EventBackupDownloaded), text{"Cadangan diunduh", "Backup downloaded"}},
	{string(db.EventRekeyed), text{"Cadangan dengan kunci lain dipulihkan", "Backup of another key restored"}},
}

// factNames are the words for the keys of details; one of an unknown version
// keeps its own.
var factNames = map[string]text{
	"amount": {"jumlah", "amount"}, "received": {"diterima", "received"}, "reason": {"alasan", "reason"}, "method": {"cara", "method"}, "note": {"catatan", "note"},
	"staff": {"staf", "staff"}, "address": {"alamat", "address"}, "device": {"perangkat", "device"}, "name": {"nama", "name"}, "role": {"peran", "role"}, "email": {"email", "email"},
	"decision": {"keputusan", "decision"}, "number": {"nomor", "number"}, "digest": {"sidik jari", "digest"}, "codes": {"kode", "codes"}, "months": {"bulan", "months"},
	"file": {"berkas", "file"}, "events": {"catatan", "entries"}, "bytes": {"byte", "bytes"}, "failure": {"sebab gagal", "failure"}, "environment": {"lingkungan", "environment"},
	"client_id": {"Client ID", "Client ID"}, "secret_key": {"Secret Key", "Secret Key"}, "customer_name": {"nama pelanggan", "customer's name"}, "customer_email": {"email pelanggan", "customer's email"},
	"expires_in": {"berlaku, menit", "valid, minutes"}, "expires_at": {"berlaku sampai", "valid until"}, "info": {"baris info", "info line"}, "reusable": {"berkali-kali", "more than once"},
	"left": {"sisa", "left"}, "refusal": {"kata DOKU", "DOKU's words"}, "call": {"permintaan", "request"}, "status": {"status di DOKU", "status at DOKU"}, "answer": {"jawaban", "answer"},
	"warnings": {"yang berbeda", "what differs"}, "lines": {"baris", "lines"}, "matched": {"cocok", "match"}, "differs": {"jumlahnya berbeda", "differ in amount"},
	"unknown": {"tidak dikenal", "not known"}, "missing": {"tidak ada di berkas", "missing from the file"}, "twice": {"disebut dua kali", "listed twice"}, "uncounted": {"disisihkan atau masih dicek", "set aside or being looked at"}, "entries": {"hal yang dicek", "entries"}, "count": {"perangkat", "devices"},
	"password": {"kata sandi", "password"}, "key": {"kunci", "key"}, "customer_phone": {"HP pelanggan", "customer's phone"},
	"payment_code": {"kode bayar", "payment code"}, "invoice_number": {"nomor invoice", "invoice number"}, "mode": {"jenis", "kind"}, "source": {"sumber", "source"}, "date": {"tanggal", "date"},
	"agent": {"jaringan gerai", "chain"}, "store": {"gerai", "store"}, "trx": {"transaksi", "transaction"}, "disabled": {"dinonaktifkan", "disabled"}, "till": {"kasir bersama", "till"},
	"wrong": {"yang salah", "what was wrong"}, "tries": {"percobaan ke", "try number"}, "failed": {"gagal sebelum ini", "failed before this"},
}

// factValues are the words for values that are none of people's own.
var factValues = map[string]text{
	"true": {"ya", "yes"}, "false": {"tidak", "no"}, "cash": {"tunai", "cash"}, "transfer": {"transfer", "transfer"}, "accept": {"diterima", "accepted"}, "aside": {"disisihkan", "set aside"},
	"notification": {"pemberitahuan DOKU", "DOKU's notification"}, "check": {"pengecekan", "a check"}, "changed": {"diganti", "changed"}, "kept": {"tetap", "kept"}, "password": {"kata sandi", "password"}, "totp": {"kode langkah kedua", "code of the second step"},
	"passkey": {"passkey", "passkey"}, "pin": {"PIN", "PIN"}, "disabled": {"akun dinonaktifkan", "the account is disabled"}, "removed": {"dihapus", "removed"}, "": {"kosong", "empty"}, "replay": {"putar ulang", "a replay"},
	"create": {"pembuatan kode", "making the code"}, "update": {"perubahan kode", "changing the code"}, "cancel": {"pembatalan kode", "cancelling the code"}, "success": {"kode diterima", "code accepted"},
}

// factsUnsaid are keys that are not written out: ids, and what the sentence of
// its event says.
var factsUnsaid = map[string]bool{"attention": true, "batch": true, "invite": true, "by": true, "deadlines": true, "shortened": true, "version": true}

// factsTyped are keys whose values somebody wrote: what looks like a word of ours
// in them is none.
var factsTyped = map[string]bool{"name": true, "till": true, "customer_name": true, "reason": true, "note": true, "info": true, "file": true, "refusal": true, "warnings": true, "failure": true}
