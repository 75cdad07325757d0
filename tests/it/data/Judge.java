import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URL;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * With an argument: fetches that address. Else: greets servers in TLS as HttpsURLConnection does, with the default rules of this Java. A line asks for a host, the port
 * it is played at, and the certificates to trust in base64; the answer is "ok", or why not.
 */
class Judge {
    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0) {
            System.out.println(fetched(arguments[0]));
            return;
        }
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = questions.readLine()) != null; ) {
            String[] parts = line.split(" ");
            System.out.println(judged(parts[0], Integer.parseInt(parts[1]), parts.length > 2 ? parts[2].split(",") : new String[0]));
            System.out.flush();
        }
    }

    /** As this Java is set up. */
    static String fetched(String address) {
        try {
            return String.valueOf(((HttpURLConnection) new URL(address).openConnection()).getResponseCode());
        } catch (Exception error) {
            return error.toString();
        }
    }

    static String judged(String host, int port, String[] trusted) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (String one : trusted) {
                byte[] der = Base64.getDecoder().decode(one);
                store.setCertificateEntry("a" + store.size(),
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)));
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            try (Socket plain = new Socket("127.0.0.1", port);
                    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true)) {
                var parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                socket.setSoTimeout(10000);
                socket.startHandshake();
                return "ok";
            }
        } catch (Exception error) {
            Throwable cause = error;
            while (cause.getCause() != null) cause = cause.getCause();
            return String.valueOf(cause.getMessage()).replaceAll("\\s+", " ");
        }
    }
}
