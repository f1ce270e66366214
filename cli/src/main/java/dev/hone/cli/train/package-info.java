/**
 * Training right here, without broker and store. Apart from what follows runs elsewhere: this package calls the same
 * library as the training Job, and only reads files, shows progress and listens to Ctrl-C.
 */
package dev.hone.cli.train;
