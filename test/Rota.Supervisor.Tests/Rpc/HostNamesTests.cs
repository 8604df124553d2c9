using System.Net.Sockets;
using System.Text;
using Rota.Supervisor.Rpc;
using Xunit;

namespace Rota.Supervisor.Tests.Rpc;

/// <summary>A server without a password, and a page of somebody else that lets its own name point here.</summary>
public class HostNamesTests
{
    [Theory]
    [InlineData("127.0.0.1:9001", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]:9001", true)]
    [InlineData("[::ffff:10.0.0.1]", true)]
    [InlineData("localhost:9001", true)]
    [InlineData("app.localhost", true)]
    [InlineData("supervisor:9001", true)]
    [InlineData("web.default.svc.cluster.local:9001", true)]
    [InlineData("host.docker.internal", true)]
    [InlineData("Web.Example.Org:9001", true)]
    [InlineData("other.example.org.", true)]
    [InlineData("evil.example.com:9001", false)]
    [InlineData("127.0.0.1.evil.example.com", false)]
    [InlineData("localhost.evil.example.com", false)]
    [InlineData("evil.example.com:9001]", false)]
    public void Names_that_a_stranger_can_have_are_refused(string header, bool isAllowed)
    {
        var names = new HostNames(
            new() { Section = "s", Host = "web.example.org", AllowedHosts = ["other.example.org"] });
        Assert.Equal(isAllowed, names.Allows(header));
        Assert.True(names.Allows(null));
        Assert.True(new HostNames(new() { Section = "s", AllowedHosts = ["*"] }).Allows(header));
    }

    [Fact]
    public async Task Only_a_port_without_a_password_asks_by_which_name_it_is_called()
    {
        var (open, closed) = (FreePort.Take(), FreePort.Take());
        await using var host = RpcHost.Start($"""
            [inet_http_server:open]
            port=127.0.0.1:{open}
            [inet_http_server:closed]
            port=127.0.0.1:{closed}
            username=me
            password=thisone
            """);
        Assert.StartsWith("HTTP/1.1 403 ", await GetAsync(open, "evil.example.com"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", await GetAsync(open, "evil.example.com"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(open, $"localhost:{open}"), StringComparison.Ordinal);
        var auth = $"Authorization: Basic {Convert.ToBase64String("me:thisone"u8)}\r\n";
        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(closed, "app.example.com", auth), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await host.GetAsync("/", "Host: evil.example.com\r\n"),
            StringComparison.Ordinal);
        Assert.Equal("Warn refused a request to the host 'evil.example.com': if that is this server, write it as "
            + "allowed_hosts= in [inet_http_server:open]", Assert.Single(host.Log, line => line.Contains("refused")));
    }

    private static async Task<string> GetAsync(int port, string name, string headers = "")
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", port);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET / HTTP/1.1\r\nHost: {name}\r\n{headers}Connection: close\r\n\r\n"), deadline.Token);
        return await RpcHost.ReadAsync(socket, deadline.Token);
    }
}
