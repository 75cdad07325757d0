// Command compose prints the environment of the services of a compose project, as compose-go resolves it.
//
//	compose FOLDER [FILE…]
//
// Without files, those are read that compose finds. The output is JSON: service, variable, value. A variable without a
// value, which the shell would have to set, is null. The environment of this process is not used.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder string, files []string) error {
	if err := os.Chdir(folder); err != nil {
		return err
	}
	options, err := cli.NewProjectOptions(
		files,
		cli.WithWorkingDirectory("."),
		cli.WithName("readers"),
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithConfigFileEnv,
		cli.WithDefaultConfigPath,
		cli.WithResolvedPaths(true),
	)
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	services := map[string]map[string]*string{}
	for name, service := range project.Services {
		services[name] = service.Environment
	}
	return json.NewEncoder(os.Stdout).Encode(services)
}
