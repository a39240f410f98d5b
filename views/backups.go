package views

// BackupsPage is the list of the app's own backups, /backups. Its form posts
// nothing and makes one.
type BackupsPage struct {
	Page
	Rows []BackupRow
	// Running says that one is being made and since when, empty otherwise.
	Running string
	// Rule says when backups are made and how many are kept.
	Rule string
	// Folder is where they lie, and Command what brings one back.
	Folder, Command string
	// Key is the fingerprint of the key that is not inside.
	Key string
}

// BackupRow is one backup. Href is empty when its file is not here.
type BackupRow struct {
	Name, Time, Who, Size, Events, Href string
	// Failure is why there is none, empty for a good one.
	Failure string
}
