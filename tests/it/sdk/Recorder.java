import com.amazonaws.AmazonServiceException;
import com.amazonaws.ClientConfiguration;
import com.amazonaws.HttpMethod;
import com.amazonaws.auth.BasicAWSCredentials;
import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.AmazonS3Client;
import com.amazonaws.services.s3.S3ClientOptions;
import com.amazonaws.services.s3.model.*;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.util.*;

/**
 * What AWS SDK for Java 1.11.219, the one in Score, really sends and writes: made sdk.tsv, which sdk.rs reads.
 * Needs aws-java-sdk-s3 1.11.219 with what it depends on, and jaxb-api, on the class path; the system properties
 * os.version, java.version and java.vm.version end up in the User-Agent.
 */
public class Recorder {
  static final String KEY = "upload/u_i/part-00000001|{\"a\":1,}";
  static String now = "";

  static AmazonS3 client(String endpoint, boolean v4) {
    ClientConfiguration configuration = new ClientConfiguration();
    configuration.setSignerOverride(v4 ? "AWSS3V4SignerType" : "S3SignerType");
    configuration.setMaxErrorRetry(0);
    AmazonS3 client = new AmazonS3Client(new BasicAWSCredentials(" AKEXAMPLE ", "secret\t"), configuration);
    client.setEndpoint(endpoint);
    client.setS3ClientOptions(new S3ClientOptions().withPathStyleAccess(true));
    return client;
  }

  static String hash(byte[] bytes) throws Exception {
    return String.format("%064x", new java.math.BigInteger(1, MessageDigest.getInstance("SHA-256").digest(bytes)));
  }

  static void put(AmazonS3 s, int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 'm');
    ObjectMetadata metadata = new ObjectMetadata();
    metadata.setContentLength(length);
    s.putObject(new PutObjectRequest("bkt", KEY, new ByteArrayInputStream(bytes), metadata));
  }

  static InitiateMultipartUploadRequest kms() {
    InitiateMultipartUploadRequest request = new InitiateMultipartUploadRequest("bkt", "data/u");
    request.putCustomRequestHeader("x-amz-server-side-encryption", "aws:kms");
    request.putCustomRequestHeader("x-amz-server-side-encryption-aws-kms-key-id", "key-1");
    return request;
  }

  static void servers(String endpoint, boolean v4) {
    AmazonS3 s = client(endpoint, v4);
    ListObjectsRequest list = new ListObjectsRequest().withBucketName("bkt").withMaxKeys(5000);
    Map<String, Runnable> asked = new LinkedHashMap<>();
    asked.put("acl", () -> s.doesBucketExistV2("bkt"));
    asked.put("head", () -> s.getObjectMetadata("bkt", "data/x.meta"));
    asked.put("head slashes", () -> s.getObjectMetadata("bkt", "/x//y"));
    asked.put("list folder", () -> s.listObjects(list.withPrefix("upload/u_").withDelimiter("/")));
    asked.put("list parts", () -> s.listObjects(list.withPrefix("upload/u_i/part").withDelimiter(null)));
    asked.put("initiate", () -> s.initiateMultipartUpload(new InitiateMultipartUploadRequest("bkt", "data/u")));
    asked.put("initiate kms", () -> s.initiateMultipartUpload(kms()));
    for (int length : new int[] {0, 10, 300_000}) asked.put("put " + length, () -> put(s, length));
    asked.put("parts", () -> {
      ListPartsRequest parts = new ListPartsRequest("bkt", "data/u", "i~/+=").withMaxParts(1);
      parts.setPartNumberMarker(0);
      s.listParts(parts);
    });
    asked.put("complete", () -> s.completeMultipartUpload(
        new CompleteMultipartUploadRequest("bkt", "data/u", "i", List.of(new PartETag(1, "e")))));
    asked.put("get", () -> s.getObject("bkt", "data/x"));
    asked.put("delete", () -> s.deleteObject("bkt", "data/x"));
    asked.put("abort", () -> s.abortMultipartUpload(new AbortMultipartUploadRequest("bkt", "data/u", "i")));
    asked.put("uploads", () -> s.listMultipartUploads(new ListMultipartUploadsRequest("bkt")));
    asked.forEach((name, ask) -> {
      now = endpoint + "\t" + (v4 ? "V4" : "V2") + "\t" + name;
      try {
        ask.run();
      } catch (AmazonServiceException answered) {
        // with 404, always
      }
    });
  }

  static void urls(String endpoint, boolean v4) {
    AmazonS3 s = client(endpoint, v4);
    String front = endpoint + "\t" + (v4 ? "V4" : "V2");
    Date end = new Date(System.currentTimeMillis() + 300_000);
    for (String key : new String[] {"data/heliograph", "/heliograph", "data//x", "data/a+b |{}\",:é~*"}) {
      GeneratePresignedUrlRequest part = new GeneratePresignedUrlRequest("my.bucket", key, HttpMethod.PUT);
      part.setExpiration(end);
      part.addRequestParameter("uploadId", "2~a/b+c=");
      part.addRequestParameter("partNumber", "1");
      System.out.println(front + "\turl " + key + "\t" + s.generatePresignedUrl(part));
    }
    GeneratePresignedUrlRequest range = new GeneratePresignedUrlRequest("my.bucket", "data/x", HttpMethod.GET);
    range.setExpiration(end);
    range.putCustomRequestHeader("Range", "bytes=0-9");
    System.out.println(front + "\trange data/x\t" + s.generatePresignedUrl(range));
  }

  public static void main(String[] arguments) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> {
      try {
        StringBuilder line = new StringBuilder(now);
        line.append('\t').append(exchange.getRequestMethod()).append('\t').append(exchange.getRequestURI());
        line.append('\t').append(hash(exchange.getRequestBody().readAllBytes()));
        new TreeMap<>(exchange.getRequestHeaders()).forEach((name, values) -> {
          if (!name.equals("Connection")) line.append('\t').append(name.toLowerCase()).append('=').append(values.get(0));
        });
        System.out.println(line);
      } catch (Exception e) {
        throw new RuntimeException(e);
      }
      exchange.sendResponseHeaders(404, -1);
      exchange.close();
    });
    server.start();
    String here = "http://127.0.0.1:" + server.getAddress().getPort();
    for (boolean v4 : new boolean[] {true, false}) {
      for (String base : new String[] {"", "/pre/"}) servers(here + base, v4);
      for (String endpoint : new String[] {
        "http://h:9000", "http://h:9000/", "HTTP://Host.example.org:80/pre", "https://s3.eu-central-1.wasabisys.com",
        "https://h:443", "http://[::1]:9000",
      }) urls(endpoint, v4);
    }
    System.exit(0);
  }
}
