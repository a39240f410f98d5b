// Package config is what the app is set to: by a flag, else by the environment,
// else on the settings page.
package config

import (
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"kodebayar/db"
)

// Config are the settings, each a flag, else from the environment; a secret also
// from the file that NAME_FILE names.
type Config struct {
	Addr             string   `setting:"KODEBAYAR_ADDR" help:"Where to listen; port 0 takes a free one. 127.0.0.1:8080 when empty, with KODEBAYAR_ACME_DIRECTORY :443."`
	Database         string   `setting:"KODEBAYAR_DATABASE" default:"kodebayar.db" help:"A file, or postgres://…"`
	URL              string   `setting:"KODEBAYAR_URL" help:"Public address, as customers and DOKU see it. From the listening address when empty."`
	ACMEDirectory    string   `setting:"KODEBAYAR_ACME_DIRECTORY" name:"acme-directory" help:"Authority to have the certificate from: letsencrypt, or the address of its ACME directory, whose terms are accepted by this. Empty when a proxy in front speaks TLS."`
	HTTPAddr         string   `setting:"KODEBAYAR_HTTP_ADDR" name:"http-addr" help:"Where plain HTTP is led over to https, and the authority's challenges answered. With KODEBAYAR_ACME_DIRECTORY :80 when empty, else unused."`
	EncodedKey       string   `setting:"KODEBAYAR_KEY" name:"key" secret:"" help:"Base64 of 32 bytes that encrypt secrets at rest. With SQLite a file beside the database holds it."`
	EncodedKeyBefore string   `setting:"KODEBAYAR_KEY_PREVIOUS" name:"key-previous" secret:"" help:"The key before, while a backup under it is restored: what it sealed is sealed anew."`
	Timezone         string   `setting:"KODEBAYAR_TIMEZONE" help:"The shop's zone. Asia/Jakarta when empty, unless the settings page says otherwise."`
	TrustedProxies   []string `setting:"KODEBAYAR_TRUSTED_PROXIES" help:"Networks whose forwarded headers are believed."`
	NotificationPath string   `setting:"KODEBAYAR_NOTIFICATION_PATH" default:"/doku/notifications" help:"Path of the Notification URL registered at DOKU."`
	InquiryPath      string   `setting:"KODEBAYAR_INQUIRY_PATH" default:"/doku/inquiries" help:"Path of the Inquiry URL registered at DOKU."`
	SimulatorAddr    string   `setting:"KODEBAYAR_SIMULATOR_ADDR" default:"127.0.0.1:8090" help:"Where the simulator listens."`
	Environment      string   `setting:"DOKU_ENVIRONMENT" help:"sandbox or production. sandbox when empty, unless the settings page says otherwise."`
	BaseURL          string   `setting:"DOKU_BASE_URL" help:"Another address of DOKU's API."`
	ClientID         string   `setting:"DOKU_CLIENT_ID" help:"Client-Id of the shop at DOKU."`
	SecretKey        string   `setting:"DOKU_SECRET_KEY" secret:"" help:"Secret Key of the shop at DOKU."`
	PreviousKey      string   `setting:"DOKU_SECRET_KEY_PREVIOUS" secret:"" help:"Key still accepted on callbacks while it is rolled."`
	CreatePath       string   `setting:"DOKU_CREATE_PATH" default:"/alfa-online-to-offline/v2/payment-code" help:"Path of POST."`
	UpdatePath       string   `setting:"DOKU_UPDATE_PATH" default:"/alfa-online-to-offline/v2/payment-code" help:"Path of PATCH."`
	MerchantCodePath string   `setting:"DOKU_MERCHANT_CODE_PATH" default:"/alfa-online-to-offline/v2/merchant-payment-code" help:"Path of POST for merchant-made numbers (unconfirmed)."`
	CodePrefix       string   `setting:"DOKU_CODE_PREFIX" help:"BIN of merchant-made numbers."`
	OverrideURL      string   `setting:"DOKU_OVERRIDE_NOTIFICATION_URL" help:"Sent with every create."`

	LogFormat    string `setting:"KODEBAYAR_LOG" default:"text" help:"text or json."`
	MetricsAddr  string `setting:"KODEBAYAR_METRICS_ADDR" help:"Where /metrics listens, an address of its own; off when empty."`
	BackupFolder string `setting:"KODEBAYAR_BACKUPS" help:"Folder of the nightly backups. The folder backups beside the database when empty."`

	// What Check makes of them, and who starts the app may change.
	Key       []byte            `kong:"-"` // nil until it is found beside the database
	KeyBefore []byte            `kong:"-"` // nil when there is none
	Public    *url.URL          `kong:"-"` // nil when it is to be that of the listener
	Proxies   []netip.Prefix    `kong:"-"`
	Fixed     map[string]string `kong:"-"` // settings of the page that are decided here, and by what
}

// Environment resolves what no flag says.
func Environment(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		name := flag.Tag.Get("setting")
		if name == "" {
			return nil, nil
		}
		if v := getenv(name); v != "" {
			return v, nil
		}
		if flag.Tag.Has("secret") {
			if file := getenv(name + "_FILE"); file != "" {
				b, err := os.ReadFile(file)
				if err != nil {
					return nil, fmt.Errorf("%s_FILE: %w", name, err)
				}
				return strings.TrimSpace(string(b)), nil
			}
		}
		return nil, nil
	})
}

// Help names the environment variable behind each flag.
func Help(v *kong.Value) string {
	if name := v.Tag.Get("setting"); name != "" {
		return v.Help + " [" + name + "]"
	}
	return v.Help
}

// Print writes the settings, secrets masked.
func Print(out io.Writer, flags []*kong.Flag) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range flags {
		name := f.Tag.Get("setting")
		if name == "" {
			continue
		}
		value := fmt.Sprint(f.Target.Interface())
		if list, ok := f.Target.Interface().([]string); ok {
			value = strings.Join(list, ",")
		}
		if f.Tag.Has("secret") && value != "" || name == "KODEBAYAR_DATABASE" && db.IsPostgres(value) {
			value = "********"
		}
		fmt.Fprintf(w, "%s\t%s\n", name, value)
	}
	return w.Flush()
}
