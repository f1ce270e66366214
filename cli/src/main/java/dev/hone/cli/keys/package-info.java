/** Keys by which manifests are signed and believed: files in a folder, so that a home and a cluster's Secrets are filled alike. */
package dev.hone.cli.keys;
