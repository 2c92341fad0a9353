package org.sd15.attention.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.attention.machine.MappedPages.RangeKind;
import org.sd15.testing.Resident;

@EnabledOnOs(OS.LINUX)
class MappedPagesTest {

    private static final int FLOATS = 16 << 20;
    private static final long BYTES = 4L * FLOATS;

    @TempDir
    Path folder;

    @Test
    void theirMemoryIsGivenBackAndTheirValuesComeFromTheFileAgain() throws IOException {
        INDArray array = mapped(MapMode.READ_ONLY);
        double sum = array.sumNumber().doubleValue();
        long read = Resident.bytes();
        MappedPages.release(array);
        assertThat(read - Resident.bytes()).isGreaterThan(BYTES / 2);
        assertThat(array.sumNumber().doubleValue()).isEqualTo(sum);
    }

    @Test
    void whatWasWrittenIsNeverLetGo() throws IOException {
        INDArray array = mapped(MapMode.PRIVATE);
        long address = array.data().pointer().address();
        assertThat(MappedPages.kind(address, BYTES)).isEqualTo(RangeKind.PRIVATE);
        assertThat(MappedPages.areUnwritten(address, BYTES)).isTrue();
        array.putScalar(FLOATS - 1, 7);
        assertThat(MappedPages.areUnwritten(address, BYTES)).isFalse();
        MappedPages.release(array);
        assertThat(array.getFloat(FLOATS - 1)).isEqualTo(7);
    }

    @Test
    void otherMemoryIsNotTouched() {
        INDArray array = Nd4j.ones(DataType.FLOAT, FLOATS);
        assertThat(MappedPages.kind(array.data().pointer().address(), BYTES)).isEqualTo(RangeKind.OTHER);
        MappedPages.release(array);
        assertThat(array.sumNumber().doubleValue()).isEqualTo(FLOATS);
    }

    private INDArray mapped(MapMode mode) throws IOException {
        Path file = folder.resolve("floats");
        ByteBuffer block = ByteBuffer.allocate(1 << 20).order(ByteOrder.nativeOrder());
        while (block.hasRemaining()) {
            block.putFloat(1);
        }
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (long done = 0; done < BYTES; done += block.capacity()) {
                channel.write(block.rewind());
            }
            MappedByteBuffer map = channel.map(mode, 0, BYTES);
            var floats = new FloatPointer(map.order(ByteOrder.nativeOrder()).asFloatBuffer());
            return Nd4j.create(Nd4j.createBuffer(floats, FLOATS, DataType.FLOAT), FLOATS);
        } finally {
            Files.delete(file);
        }
    }
}
