import java.io.FileInputStream;
import java.net.URI;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Validates certificates with OCSP and nothing else: AskOcsp URL CA.pem LEAF.pem...; a line of verdict for each. */
public class AskOcsp {
    public static void main(String[] arguments) throws Exception {
        for (int leaf = 2; leaf < arguments.length; leaf++) {
            System.out.println(verdict(URI.create(arguments[0]), read(arguments[1]), read(arguments[leaf])));
        }
    }

    private static String verdict(URI responder, X509Certificate ca, X509Certificate leaf) throws Exception {
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
        checker.setOcspResponder(responder);
        checker.setOptions(EnumSet.of(PKIXRevocationChecker.Option.NO_FALLBACK));
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(ca, null)));
        parameters.addCertPathChecker(checker);
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            validator.validate(factory.generateCertPath(List.of(leaf)), parameters);
            return "VALID";
        } catch (CertPathValidatorException refused) {
            return refused.getReason().toString();
        }
    }

    private static X509Certificate read(String path) throws Exception {
        try (FileInputStream file = new FileInputStream(path)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(file);
        }
    }
}
