package views

// ErrorPage says plainly that something did not work.
type ErrorPage struct {
	Page
	Status int
	// Title and Sentence are ready text; when both are empty the page says
	// what belongs to the status.
	Title, Sentence string
	RequestID       string
	// Back is the page to go on from.
	Back string
}

func (p ErrorPage) title() string {
	if p.Title != "" {
		return p.Title
	}
	l := p.Lang
	switch p.Status {
	case 403:
		return l.T("Ini bukan wewenang Anda", "This is not yours to do")
	case 404:
		return l.T("Halaman tidak ditemukan", "Page not found")
	case 405:
		return l.T("Cara membukanya keliru", "Opened the wrong way")
	case 413:
		return l.T("Terlalu besar", "Too large")
	}
	if p.Status < 500 {
		return l.T("Permintaan tidak bisa dipahami", "The request could not be understood")
	}
	return l.T("Ada yang salah di pihak kami", "Something went wrong on our side")
}

func (p ErrorPage) sentence() string {
	if p.Sentence != "" {
		return p.Sentence
	}
	l := p.Lang
	switch p.Status {
	case 403:
		return l.T("Peran Anda tidak mengizinkannya. Minta pemilik atau manajer bila perlu.", "Your role does not allow it. Ask the owner or a manager if it must be done.")
	case 404:
		return l.T("Alamatnya salah, atau yang dicari tidak ada.", "The address is wrong, or what you look for does not exist.")
	case 405:
		return l.T("Kembali ke halaman sebelumnya dan tekan tombolnya sekali lagi.", "Go back to the page before and press its button once more.")
	case 413:
		return l.T("Yang dikirim melebihi 1 MB. Tidak ada yang disimpan.", "What was sent is above 1 MB. Nothing was saved.")
	}
	if p.Status < 500 {
		return l.T("Periksa isiannya, lalu coba lagi.", "Check what was entered and try again.")
	}
	return l.T("Sudah tercatat. Coba sekali lagi; kode tidak akan dobel.", "It has been recorded. Try once more; a code will not be doubled.")
}
