package org.sd15.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A safetensors file of reference numbers. The dtype of the file is kept. */
public final class Fixture {

    private final JsonNode header;
    private final ByteBuffer bytes;

    private Fixture(JsonNode header, ByteBuffer bytes) {
        this.header = header;
        this.bytes = bytes;
    }

    /** Reads the whole file. */
    public static Fixture open(Path path) {
        try {
            ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
            byte[] json = new byte[Math.toIntExact(file.getLong())];
            file.get(json);
            return new Fixture(
                    new ObjectMapper().readTree(new String(json, StandardCharsets.UTF_8)),
                    file.slice().order(ByteOrder.LITTLE_ENDIAN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the file has a tensor of this name. */
    public boolean has(String name) {
        return header.has(name);
    }

    /** The tensor of this name, a new array in c order. */
    public INDArray get(String name) {
        JsonNode entry = header.get(name);
        if (entry == null) {
            throw new IllegalArgumentException("no tensor " + name);
        }
        long[] shape = IntStream.range(0, entry.get("shape").size())
                .mapToLong(i -> entry.get("shape").get(i).asLong())
                .toArray();
        int start = entry.get("data_offsets").get(0).asInt();
        int end = entry.get("data_offsets").get(1).asInt();
        ByteBuffer data = bytes.slice(start, end - start).order(ByteOrder.LITTLE_ENDIAN);
        return switch (entry.get("dtype").asText()) {
            case "F32" -> {
                float[] values = new float[(end - start) / 4];
                data.asFloatBuffer().get(values);
                yield Nd4j.createFromArray(values).reshape(shape);
            }
            case "F64" -> {
                double[] values = new double[(end - start) / 8];
                data.asDoubleBuffer().get(values);
                yield Nd4j.createFromArray(values).reshape(shape);
            }
            case "I64" -> {
                long[] values = new long[(end - start) / 8];
                data.asLongBuffer().get(values);
                yield Nd4j.createFromArray(values).reshape(shape);
            }
            case "F16" -> {
                short[] values = new short[(end - start) / 2];
                data.asShortBuffer().get(values);
                INDArray half = Nd4j.create(DataType.FLOAT16, shape);
                half.data()
                        .pointer()
                        .asByteBuffer()
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asShortBuffer()
                        .put(values);
                yield half;
            }
            default -> throw new IllegalArgumentException(name + " has dtype " + entry.get("dtype"));
        };
    }
}
