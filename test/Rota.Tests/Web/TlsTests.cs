using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Rota.Access;
using Xunit;

namespace Rota.Tests.Web;

/// <summary>Rota in a host that speaks TLS, under a certificate that is made for the test.</summary>
public sealed class TlsHost : WebHost
{
    private readonly X509Certificate2 _certificate = Make();

    protected override void Listen(IWebHostBuilder web) => web.ConfigureKestrel(kestrel =>
        kestrel.Listen(IPAddress.Loopback, 0, address => address.UseHttps(_certificate)));

    protected override SocketsHttpHandler NewHandler()
    {
        var handler = base.NewHandler();
        handler.SslOptions.RemoteCertificateValidationCallback =
            (_, shown, _, _) => shown?.GetCertHashString() == _certificate.GetCertHashString();
        return handler;
    }

    private static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}

public sealed class TlsTests(TlsHost host) : IClassFixture<TlsHost>
{
    private const string Password = "a long enough one";

    [Fact]
    public async Task Under_TLS_the_cookie_of_a_session_is_only_for_TLS_and_this_host()
    {
        await host.Access.PutUserAsync("ada", Role.Admin, Password, CancellationToken.None);

        using var login = await host.Anonymous.PostAsJsonAsync(
            "/api/v1/login", new { name = "ada", password = Password });

        Assert.Equal("https", login.RequestMessage?.RequestUri?.Scheme);
        var cookie = login.Headers.GetValues("Set-Cookie").Single().Split("; ");
        Assert.StartsWith("__Host-rota_session=", cookie[0]);
        Assert.Contains("secure", cookie);
        Assert.Contains("path=/", cookie); // without it, and with a domain, browsers refuse the prefix
        Assert.DoesNotContain(cookie, part => part.StartsWith("domain", StringComparison.Ordinal));
        var browser = host.NewClient(token: null);
        browser.DefaultRequestHeaders.Add("Cookie", cookie[0]);
        Assert.Equal("ada", (await browser.GetJsonAsync("/api/v1/me")).Text("name"));
    }
}
