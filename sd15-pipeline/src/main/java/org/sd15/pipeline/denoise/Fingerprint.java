package org.sd15.pipeline.denoise;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.unet.UNet;

/** What tells one UNet from another: a hash over its first and its last weights, which a training of all of it moves. */
public final class Fingerprint {

    private static final List<String> HASHED =
            List.of("conv_in.weight", "time_embedding.linear_1.weight", "conv_out.weight");

    private Fingerprint() {}

    /** The hash of a UNet, 64 hexadecimal digits. */
    public static String of(UNet unet) {
        try {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            for (String name : HASHED) {
                INDArray weight = unet.copyOfWeight(name);
                float[] values = weight.castTo(DataType.FLOAT).data().asFloat();
                ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
                bytes.asFloatBuffer().put(values);
                hash.update(bytes.array());
            }
            return HexFormat.of().formatHex(hash.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
