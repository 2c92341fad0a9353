package org.sd15.attention.cuda;

import com.sun.jna.NativeLibrary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;

/** The machine that this process runs on; NVIDIA's driver is asked through its own interface. */
final class ThisMachine implements Machine {

    private static final List<String> FOLDERS =
            List.of("/usr/local/cuda-11.6/lib64", "/usr/local/cuda/lib64", "/usr/lib64");

    /** Results and attributes of the driver's interface ({@code cuda.h}). */
    private static final int NO_DEVICE = 100;

    private static final int CAPABILITY_MAJOR = 75;
    private static final int CAPABILITY_MINOR = 76;
    private static final int LONGEST_NAME = 256;

    @Override
    public String platform() {
        return Loader.getPlatform();
    }

    @Override
    public boolean ships(String resource) {
        return ThisMachine.class.getClassLoader().getResource(resource) != null;
    }

    @Override
    public Optional<String> problemOf(String library) {
        String problem = "";
        for (String candidate : candidates(library).toList()) {
            try {
                Loader.load(Pointer.class); // JavaCPP's own natives, which open the others
                Loader.loadGlobal(candidate);
                return Optional.empty();
            } catch (LinkageError | RuntimeException missing) {
                problem = problem.isEmpty() ? String.valueOf(missing.getMessage()) : problem;
            }
        }
        return Optional.of(problem);
    }

    /** By name, as the system looks for it, then in the folders that the backend looks in. */
    private static Stream<String> candidates(String library) {
        return Stream.concat(
                Stream.of(library),
                FOLDERS.stream()
                        .map(folder -> Path.of(folder, library))
                        .filter(Files::exists)
                        .map(Path::toString));
    }

    @Override
    public List<CudaDevice> devices() {
        NativeLibrary driver = NativeLibrary.getInstance(CudaBackend.driver(platform()));
        int begun = driver.getFunction("cuInit").invokeInt(new Object[] {0});
        if (begun == NO_DEVICE) {
            return List.of();
        }
        requireDone("cuInit", begun);
        int[] count = new int[1];
        call(driver, "cuDeviceGetCount", count);
        List<CudaDevice> devices = new ArrayList<>();
        for (int number = 0; number < count[0]; number++) {
            devices.add(device(driver, number));
        }
        return devices;
    }

    private static CudaDevice device(NativeLibrary driver, int number) {
        byte[] name = new byte[LONGEST_NAME];
        int[] major = new int[1];
        int[] minor = new int[1];
        long[] bytes = new long[1];
        int[] device = new int[1];
        call(driver, "cuDeviceGet", device, number);
        call(driver, "cuDeviceGetName", name, name.length, device[0]);
        call(driver, "cuDeviceGetAttribute", major, CAPABILITY_MAJOR, device[0]);
        call(driver, "cuDeviceGetAttribute", minor, CAPABILITY_MINOR, device[0]);
        call(driver, "cuDeviceTotalMem_v2", bytes, device[0]);
        return new CudaDevice(com.sun.jna.Native.toString(name), new ComputeCapability(major[0], minor[0]), bytes[0]);
    }

    private static void call(NativeLibrary driver, String function, Object... arguments) {
        requireDone(function, driver.getFunction(function).invokeInt(arguments));
    }

    private static void requireDone(String function, int result) {
        if (result != 0) {
            throw new IllegalStateException("%s of NVIDIA's driver returned %d".formatted(function, result));
        }
    }
}
