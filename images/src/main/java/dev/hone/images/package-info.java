/**
 * Container images of the five services. A module of its own, because which file lies in which layer is decided here and nowhere
 * else: the services know nothing of images, and what assembles an image is not in it.
 */
package dev.hone.images;
