/** Which models there are to start from and which answer: the store's base models beside what serving has loaded. */
package dev.hone.cli.models;
