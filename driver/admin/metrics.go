package admin

import (
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// scrapes bounds how many of them run at once, scrapeWithin how long one may take.
const (
	scrapes      = 4
	scrapeWithin = 5 * time.Second
)

// metrics shows our numbers beside those of the Go runtime and of the process.
func (s Sources) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		newCollector(s),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapes, Timeout: scrapeWithin})
}

// collector reads all sources once a scrape and turns them into the metrics of the table.
type collector struct {
	sources Sources
	table   []metric
	build   prometheus.Metric
}

// metric is one number that is shown.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(*picture) float64
}

func newCollector(s Sources) *collector {
	build := prometheus.NewDesc("mercury_build_info", "What runs here; always 1.", nil,
		prometheus.Labels{"version": s.Version, "commit": s.Commit, "library": s.Library, "go": runtime.Version()})
	return &collector{
		sources: s, table: table(),
		build: prometheus.MustNewConstMetric(build, prometheus.GaugeValue, 1),
	}
}

func (c *collector) Describe(descs chan<- *prometheus.Desc) {
	descs <- c.build.Desc()
	for _, m := range c.table {
		descs <- m.desc
	}
}

func (c *collector) Collect(metrics chan<- prometheus.Metric) {
	now := c.sources.picture()
	metrics <- c.build
	for _, m := range c.table {
		metrics <- prometheus.MustNewConstMetric(m.desc, m.kind, m.read(now))
	}
}
