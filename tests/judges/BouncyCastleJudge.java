import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/**
 * Judges with Bouncy Castle alone. Two verbs:
 *
 * <p>"path" ROOT LEAF INTERMEDIATE... "crls" CRL...: the path, with a CRL for every certificate of it; prints "OK", or
 * the index of the certificate (0 is the leaf) and why not.
 *
 * <p>"ocsp" RESPONSE.der LEAF ISSUER: the response's signature, its delegated signer's certificate and its one answer;
 * prints "good", "revoked", "unknown", or what is wrong.
 */
public final class BouncyCastleJudge {
    private BouncyCastleJudge() {}

    public static void main(String[] arguments) throws Exception {
        Security.insertProviderAt(new BouncyCastleProvider(), 1);
        List<String> words = List.of(arguments).subList(1, arguments.length);
        System.out.println(arguments[0].equals("path") ? path(words) : ocsp(words));
    }

    private static String path(List<String> words) throws Exception {
        int lists = words.indexOf("crls");
        CertificateFactory factory = factory();
        List<X509Certificate> path = new ArrayList<>();
        for (String name : words.subList(1, lists)) {
            path.add(certificate(name));
        }
        List<X509CRL> crls = new ArrayList<>();
        for (String name : words.subList(lists + 1, words.size())) {
            try (InputStream file = new FileInputStream(name)) {
                crls.add((X509CRL) factory.generateCRL(file));
            }
        }
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(certificate(words.get(0)), null)));
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(crls), "BC"));
        try {
            CertPathValidator.getInstance("PKIX", "BC").validate(factory.generateCertPath(path), parameters);
            return "OK";
        } catch (CertPathValidatorException refusal) {
            return refusal.getIndex() + " " + refusal.getMessage();
        }
    }

    private static String ocsp(List<String> words) throws Exception {
        OCSPResp response = new OCSPResp(Files.readAllBytes(Path.of(words.get(0))));
        BasicOCSPResp basic = (BasicOCSPResp) response.getResponseObject();
        X509CertificateHolder leaf = new JcaX509CertificateHolder(certificate(words.get(1)));
        X509CertificateHolder issuer = new JcaX509CertificateHolder(certificate(words.get(2)));
        X509CertificateHolder signer = basic.getCerts()[0];
        if (!basic.isSignatureValid(verifier(signer))) {
            return "the response is not signed by its signer";
        }
        if (!signer.isSignatureValid(verifier(issuer)) || !signer.getIssuer().equals(issuer.getSubject())) {
            return "the signer is not certified by the issuer";
        }
        if (!ExtendedKeyUsage.fromExtensions(signer.getExtensions()).hasKeyPurposeId(KeyPurposeId.id_kp_OCSPSigning)) {
            return "the signer may not sign responses";
        }
        SingleResp single = basic.getResponses()[0];
        boolean matches = single.getCertID()
                .matchesIssuer(issuer, new JcaDigestCalculatorProviderBuilder().setProvider("BC").build());
        if (!matches || !single.getCertID().getSerialNumber().equals(leaf.getSerialNumber())) {
            return "the answer is about another certificate";
        }
        CertificateStatus status = single.getCertStatus();
        return status == CertificateStatus.GOOD ? "good" : status instanceof RevokedStatus ? "revoked" : "unknown";
    }

    private static ContentVerifierProvider verifier(X509CertificateHolder holder) throws Exception {
        return new JcaContentVerifierProviderBuilder().setProvider("BC").build(holder);
    }

    private static CertificateFactory factory() throws Exception {
        return CertificateFactory.getInstance("X.509", "BC");
    }

    private static X509Certificate certificate(String name) throws Exception {
        try (InputStream file = new FileInputStream(name)) {
            return (X509Certificate) factory().generateCertificate(file);
        }
    }
}
