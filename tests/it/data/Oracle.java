import java.io.*;
import java.util.Properties;

/** Reads properties files from standard input, each behind its length, and answers what java.util.Properties makes of them. */
public class Oracle {
    public static void main(String[] arguments) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out));
        while (true) {
            int length;
            try {
                length = in.readInt();
            } catch (EOFException end) {
                return;
            }
            Properties properties = new Properties();
            try {
                properties.load(new ByteArrayInputStream(in.readNBytes(length)));
                out.writeInt(properties.size());
                for (String key : properties.stringPropertyNames()) {
                    write(out, key);
                    write(out, properties.getProperty(key));
                }
            } catch (IllegalArgumentException malformed) {
                out.writeInt(-1);
            }
            out.flush();
        }
    }

    /** As UTF-16 units, so that lone surrogates survive. */
    private static void write(DataOutputStream out, String text) throws IOException {
        out.writeInt(text.length());
        out.writeChars(text);
    }
}
