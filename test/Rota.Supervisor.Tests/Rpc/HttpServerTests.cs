using System.Net.Sockets;
using System.Text;
using Rota.Supervisor.Config;
using Rota.Supervisor.Rpc;
using Xunit;

namespace Rota.Supervisor.Tests.Rpc;

public class HttpServerTests
{
    private const string Call = "<methodCall><methodName>supervisor.getState</methodName></methodCall>";

    [Theory]
    [InlineData("nonsense\r\n\r\n", 400)]
    [InlineData("GET / HTTP/2.0\r\n\r\n", 400)]
    [InlineData("GET nothing HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nbad name : x\r\n\r\n", 400)]
    [InlineData("PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400)]
    [InlineData("GET /RPC2 HTTP/1.0\r\n\r\n", 400)]
    [InlineData("POST /RPC2 HTTP/1.1\r\n\r\n", 411)]
    [InlineData("POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411)]
    [InlineData("POST /RPC2 HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400)]
    [InlineData("POST /RPC2 HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400)]
    [InlineData("POST /RPC2 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400)]
    [InlineData("POST /RPC2 HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n", 413)]
    [InlineData("POST /RPC2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz", 400)]
    [InlineData("POST /RPC2 HTTP/1.0\r\nContent-Length: 27\r\n\r\n<methodCall></methodCall>  ", 400)]
    [InlineData("GET /nothing HTTP/1.0\r\n\r\n", 404)]
    [InlineData("GET /logtail/nothing HTTP/1.0\r\n\r\n", 404)]
    [InlineData("GET /logtail HTTP/1.0\r\n\r\n", 404)]
    [InlineData("GET /logtail/cat/stdin HTTP/1.0\r\n\r\n", 404)]
    [InlineData("POST /logtail/cat HTTP/1.0\r\nContent-Length: 0\r\n\r\n", 400)]
    [InlineData("GET /ok.html HTTP/1.0\r\n\r\n", 200)]
    public async Task Each_request_has_its_status(string request, int status)
    {
        await using var host = RpcHost.Start("[program:cat]\ncommand=cat\nautostart=false\n");
        Assert.Matches($"^HTTP/1.[01] {status} ", await host.SendAsync(request));
    }

    [Fact]
    public async Task A_header_that_does_not_end_is_cut_off()
    {
        await using var host = RpcHost.Start("");
        Assert.StartsWith("HTTP/1.1 431 ", await host.SendAsync("GET / HTTP/1.1\r\nx: " + new string('a', 40_000)));
    }

    [Fact]
    public async Task A_document_type_is_no_call()
    {
        await using var host = RpcHost.Start("");
        var answer = await host.PostAsync("/RPC2", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + Call);
        Assert.StartsWith("HTTP/1.1 400 ", answer);
    }

    [Fact]
    public async Task One_connection_takes_many_requests_and_blank_lines_between_them()
    {
        await using var host = RpcHost.Start("");
        var request = $"POST /RPC2 HTTP/1.1\r\nContent-Length: {Call.Length}\r\n\r\n{Call}";
        var answers = await host.SendAsync(
            $"{request}\r\n\r\n{request}GET /ok.html HTTP/1.1\r\nConnection: close\r\n\r\n");
        Assert.Equal(3, answers.Split("HTTP/1.1 200 OK").Length - 1);
        Assert.EndsWith("OK", answers);
    }

    [Theory]
    [InlineData("password=thisone", "me:thisone", 200)]
    [InlineData("password=thisone", "me:thatone", 401)]
    [InlineData("password=thisone", "you:thisone", 401)]
    [InlineData("password=thisone", "me", 401)]
    [InlineData("password={SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d", "me:thepassword", 200)]
    [InlineData("password={SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d", "me:82ab876d1387bfafe46cc1c8a2ef074eae50cb1d",
        401)]
    [InlineData("password=pass:word", "me:pass:word", 200)]
    public async Task Only_the_right_name_and_password_get_in(string password, string given, int status)
    {
        await using var host = RpcHost.Start("", $"username=me\n{password}");
        var header = $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(given))}\r\n";
        Assert.StartsWith($"HTTP/1.1 {status} ", await host.PostAsync("/RPC2", Call, header));
        Assert.StartsWith($"HTTP/1.1 {status} ", await host.GetAsync("/", header));
    }

    [Fact]
    public async Task Without_credentials_nothing_is_reached_and_the_browser_is_told_to_ask()
    {
        await using var host = RpcHost.Start("", "username=me\npassword=thisone");
        foreach (var path in new[] { "/", "/RPC2", "/mainlogtail", "/logtail/x", "/tail.html", "/status.css",
            "/nothing" })
        {
            var answer = await host.GetAsync(path);
            Assert.StartsWith("HTTP/1.1 401 ", answer);
            Assert.Contains("WWW-Authenticate: Basic realm=\"default\"", answer);
        }
        Assert.StartsWith("HTTP/1.1 400 ", await host.GetAsync("/", "Authorization: Basic !!!\r\n"));
    }

    [Fact]
    public void A_socket_left_by_a_crash_is_taken_over_and_a_living_one_is_not()
    {
        using var folder = new Folder();
        var path = Path.Combine(folder.Path, "s.sock");
        var config = new ServerConfig { Section = "unix_http_server", SocketPath = path, SocketMode = 0b110_000_000 };
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(path + ".left"));
            File.Move(path + ".left", path);
        }
        using var socket = ServerSocket.Open(config);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(path).UnixFileMode);

        var second = Record.Exception(() => ServerSocket.Open(config));
        Assert.StartsWith("Another program is already listening", Assert.IsType<ServerOpenException>(second).Message);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task An_answer_that_is_being_given_is_finished_when_the_server_closes()
    {
        await using var host = RpcHost.Start("");
        var body = "<methodCall><methodName>supervisor.shutdown</methodName></methodCall>";
        Assert.Contains("<boolean>1</boolean>", await host.PostAsync("/RPC2", body));
    }
}
