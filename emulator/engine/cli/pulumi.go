//go:build tools

// Package engine pins Pulumi's command line, for machines that have Go and no pulumi.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
