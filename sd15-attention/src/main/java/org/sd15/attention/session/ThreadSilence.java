package org.sd15.attention.session;

import java.io.PrintStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The standard output without what one thread prints. What others print, or print in the meantime, goes where it went
 * before, in the encoding that it had, and line by line.
 */
final class ThreadSilence extends PrintStream {

    private final PrintStream to;
    private final Thread silenced = Thread.currentThread();

    private ThreadSilence(PrintStream to) {
        super(to);
        this.to = to;
    }

    /** Does something that prints what nobody wants to read. One at a time: others wait. */
    static void during(Runnable work) {
        synchronized (ThreadSilence.class) {
            PrintStream before = System.out;
            ThreadSilence silence = new ThreadSilence(before);
            System.setOut(silence);
            try {
                work.run();
            } finally {
                if (System.out == silence) { // else another one was set meanwhile, which stays
                    System.setOut(before);
                }
            }
        }
    }

    private void ifHeard(Runnable print) {
        if (Thread.currentThread() != silenced) {
            print.run();
        }
    }

    @Override
    public void write(int b) {
        ifHeard(() -> to.write(b));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        ifHeard(() -> to.write(bytes, offset, length));
    }

    @Override
    public void write(byte[] bytes) {
        ifHeard(() -> to.writeBytes(bytes));
    }

    @Override
    public void writeBytes(byte[] bytes) {
        ifHeard(() -> to.writeBytes(bytes));
    }

    @Override
    public void flush() {
        to.flush();
    }

    @Override
    public void close() {
        ifHeard(to::close);
    }

    @Override
    public boolean checkError() {
        return to.checkError();
    }

    @Override
    public void print(boolean value) {
        ifHeard(() -> to.print(value));
    }

    @Override
    public void println(boolean value) {
        ifHeard(() -> to.println(value));
    }

    @Override
    public void print(char value) {
        ifHeard(() -> to.print(value));
    }

    @Override
    public void println(char value) {
        ifHeard(() -> to.println(value));
    }

    @Override
    public void print(int value) {
        ifHeard(() -> to.print(value));
    }

    @Override
    public void println(int value) {
        ifHeard(() -> to.println(value));
    }

    @Override
    public void print(long value) {
        ifHeard(() -> to.print(value));
    }

    @Override
    public void println(long value) {
        ifHeard(() -> to.println(value));
    }

    @Override
    public void print(float value) {
        ifHeard(() -> to.print(value));
    }

    @Override
    public void println(float value) {
        ifHeard(() -> to.println(value));
    }

    @Override
    public void print(double value) {
        ifHeard(() -> to.print(value));
    }

    @Override
    public void println(double value) {
        ifHeard(() -> to.println(value));
    }

    @Override
    public void print(char[] value) {
        ifHeard(() -> to.print(value));
    }

    @Override
    public void println(char[] value) {
        ifHeard(() -> to.println(value));
    }

    @Override
    public void print(@Nullable String value) {
        ifHeard(() -> to.print(value));
    }

    @Override
    public void println(@Nullable String value) {
        ifHeard(() -> to.println(value));
    }

    @Override
    public void print(@Nullable Object value) {
        ifHeard(() -> to.print(value));
    }

    @Override
    public void println(@Nullable Object value) {
        ifHeard(() -> to.println(value));
    }

    @Override
    public void println() {
        ifHeard(to::println);
    }

    @Override
    public PrintStream format(String format, @Nullable Object... arguments) {
        ifHeard(() -> to.format(format, arguments));
        return this;
    }

    @Override
    public PrintStream format(@Nullable Locale locale, String format, @Nullable Object... arguments) {
        ifHeard(() -> to.format(locale, format, arguments));
        return this;
    }
}
