import java.io.FileInputStream;
import java.io.InputStream;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Validates one path with the JDK's PKIX validator, with a CRL for every certificate of it, and prints "OK" or the
 * reason, the index of the certificate in the path (0 is the leaf) and the message.
 *
 * Arguments: milliseconds since 1970 or "now", the trust anchor, "path" and its files leaf first, "crls" and theirs.
 */
public final class PkixJudge {
    private static final CertificateFactory X509;

    static {
        try {
            X509 = CertificateFactory.getInstance("X.509");
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    private PkixJudge() {}

    public static void main(String[] arguments) throws Exception {
        List<X509Certificate> path = new ArrayList<>();
        List<Object> lists = new ArrayList<>();
        boolean readingLists = false;
        for (int at = 3; at < arguments.length; at++) {
            if (arguments[at].equals("crls")) {
                readingLists = true;
            } else if (readingLists) {
                try (InputStream file = new FileInputStream(arguments[at])) {
                    lists.addAll(X509.generateCRLs(file));
                }
            } else {
                path.add(certificate(arguments[at]));
            }
        }
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(certificate(arguments[1]), null)));
        if (!arguments[0].equals("now")) {
            parameters.setDate(new Date(Long.parseLong(arguments[0])));
        }
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
        System.out.println(judge(path, parameters));
    }

    private static String judge(List<X509Certificate> path, PKIXParameters parameters) throws Exception {
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        PKIXRevocationChecker revocation = (PKIXRevocationChecker) validator.getRevocationChecker();
        revocation.setOptions(
                EnumSet.of(PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK));
        parameters.addCertPathChecker(revocation);
        try {
            validator.validate(X509.generateCertPath(path), parameters);
            return "OK";
        } catch (CertPathValidatorException refusal) {
            return refusal.getReason() + " " + refusal.getIndex() + " " + refusal.getMessage();
        }
    }

    private static X509Certificate certificate(String name) throws Exception {
        try (InputStream file = new FileInputStream(name)) {
            return (X509Certificate) X509.generateCertificate(file);
        }
    }
}
