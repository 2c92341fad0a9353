package org.sd15.attention.cuda;

/**
 * What the cores of a card can do, in NVIDIA's numbers: 8.6 is an RTX 30.
 *
 * @param major cards of another major number can't run each other's machine code
 * @param minor cards of a higher minor number run the machine code of a lower one
 */
public record ComputeCapability(int major, int minor) {

    private static final int TEN = 10;

    /** The capability that compilers call {@code sm_86} and the like. */
    static ComputeCapability ofArchitecture(int sm) {
        return new ComputeCapability(sm / TEN, sm % TEN);
    }

    /** Whether a card of this capability runs machine code that was compiled for another one. */
    boolean runs(ComputeCapability compiledFor) {
        return major == compiledFor.major && minor >= compiledFor.minor;
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
