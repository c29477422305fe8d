//go:build tools

// Package engine pins Pulumi's command line and what runs programs in YAML, for machines that have Go and no pulumi.
package engine

import (
	_ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
	_ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
)
