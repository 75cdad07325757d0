// Command helm renders a chart with values files by the engine of Helm, and prints the manifests.
//
//	helm CHART RELEASE VALUES…
//
// Later values files override earlier ones. No cluster is asked.
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(path, release string, files []string) error {
	chart, err := loader.Load(path)
	if err != nil {
		return err
	}
	values := map[string]interface{}{}
	for _, file := range files {
		read, err := chartutil.ReadValuesFile(file)
		if err != nil {
			return err
		}
		// The first argument wins.
		values = chartutil.CoalesceTables(read.AsMap(), values)
	}
	options := chartutil.ReleaseOptions{Name: release, Namespace: "default", IsInstall: true}
	all, err := chartutil.ToRenderValues(chart, values, options, chartutil.DefaultCapabilities)
	if err != nil {
		return err
	}
	rendered, err := engine.Render(chart, all)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(rendered))
	for name := range rendered {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if text := strings.TrimSpace(rendered[name]); text != "" {
			fmt.Printf("---\n%s\n", text)
		}
	}
	return nil
}
