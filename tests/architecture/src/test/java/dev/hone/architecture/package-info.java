/**
 * The rules of the house, each a failing build with a sentence that says why. They stand apart from the modules they
 * judge, because no module may know the others well enough to judge them.
 */
package dev.hone.architecture;
