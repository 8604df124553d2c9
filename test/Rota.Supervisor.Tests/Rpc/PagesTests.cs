using System.Text;
using System.Text.RegularExpressions;
using Rota.Supervisor.Processes;
using Xunit;

namespace Rota.Supervisor.Tests.Rpc;

public class PagesTests
{
    private const string Cat = "[program:cat]\ncommand=cat\nautostart=false\nstartsecs=0\nstdout_logfile=DIR/cat.log\n";

    [Fact]
    public async Task A_followed_log_begins_with_its_last_kilobyte_and_goes_on_across_a_rotation()
    {
        await using var host = RpcHost.Start(Cat);
        var log = Path.Combine(host.Folder, "cat.log");
        await File.WriteAllTextAsync(log, new string('a', 2000) + new string('b', 1024));

        using var socket = await host.ConnectAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await socket.SendAsync(Encoding.ASCII.GetBytes("GET /logtail/cat HTTP/1.1\r\n\r\n"), deadline.Token);
        var head = await RpcHost.ReadAsync(socket, deadline.Token, "b\r\n");
        Assert.Contains("Transfer-Encoding: chunked", head);
        Assert.Contains("X-Accel-Buffering: no", head);
        Assert.EndsWith($"\r\n\r\n400\r\n{new string('b', 1024)}\r\n", head);

        await File.AppendAllTextAsync(log, "more");
        Assert.Equal("4\r\nmore\r\n", await RpcHost.ReadAsync(socket, deadline.Token, "more\r\n"));
        File.Move(log, log + ".1");
        await File.AppendAllTextAsync(log + ".1", "last");
        await File.WriteAllTextAsync(log, "first of the new one");
        Assert.Matches("last\r\n[0-9a-f]+\r\nfirst of the new one",
            await RpcHost.ReadAsync(socket, deadline.Token, "new one\r\n"));
        await File.WriteAllTextAsync(log, "");
        Assert.Contains("==> File truncated <==", await RpcHost.ReadAsync(socket, deadline.Token, "<==\n\r\n"));
    }

    [Fact]
    public async Task The_page_shows_processes_without_a_script_and_escapes_what_they_say()
    {
        await using var host = RpcHost.Start(Cat + "[program:<b>]\ncommand=x\nautostart=false\n");
        var page = await host.GetAsync("/?message=%3Cscript%3E");
        Assert.Contains("Content-Security-Policy: default-src 'none'", page);
        Assert.Contains("&lt;script&gt;", page);
        Assert.Contains("&lt;b&gt;", page);
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("<b>", page);
    }

    [Fact]
    public async Task Buttons_work_by_post_with_the_pages_token_alone()
    {
        await using var host = RpcHost.Start(Cat);
        var token = Regex.Match(await host.GetAsync("/"), "name=\"token\" value=\"(?<it>[0-9a-f]+)\"",
            RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["it"].Value;
        Assert.Equal(32, token.Length);

        Assert.StartsWith("HTTP/1.1 403 ", await host.PostAsync("/", "action=start&processname=cat"));
        Assert.StartsWith("HTTP/1.1 403 ", await host.PostAsync("/", "token=abc&action=start&processname=cat"));
        await host.GetAsync($"/?action=start&processname=cat&token={token}");
        Assert.Equal(ProcessState.Stopped, (await host.Supervisor.FindAsync("cat")).State);

        var answer = await host.PostAsync("/", $"token={token}&action=start&processname=cat");
        Assert.StartsWith("HTTP/1.1 303 ", answer);
        Assert.Contains("Location: /?message=Process%20cat%20started", answer);
        Assert.Equal(ProcessState.Running, (await host.Supervisor.FindAsync("cat")).State);
        Assert.Contains("ERROR%3A%20Process%20cat%3A%20already%20started",
            await host.PostAsync("/", $"token={token}&action=start&processname=cat"));
        Assert.Contains("No%20such%20process", await host.PostAsync("/", $"token={token}&action=stop&processname=dog"));
    }
}
