/** The five services and the command line as they are packaged, on servers that are not part of Hone. */
package dev.hone.pipeline;
