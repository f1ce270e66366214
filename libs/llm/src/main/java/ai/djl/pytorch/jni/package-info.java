/** One class that must live in DJL's package to reach a package-private field; see {@link ai.djl.pytorch.jni.GradientCalls}. */
package ai.djl.pytorch.jni;
