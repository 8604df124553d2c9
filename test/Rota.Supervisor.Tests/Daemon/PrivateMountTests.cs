using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Rota.Supervisor.Tests.Daemon;

/// <summary>A daemon that sees other disks and devices than this machine's, in a mount namespace of its own.</summary>
public sealed class PrivateMountTests : IDisposable
{
    private const int Terminate = 15;

    private readonly DaemonRun _run = new();

    [Fact]
    public async Task Nothing_is_lost_on_a_disk_that_is_full_for_a_while()
    {
        SkipUnlessRoot();
        var disk = Path.Combine(_run.Folder, "disk");
        Directory.CreateDirectory(disk);
        _run.Write($"""
            [program:count]
            command=sh -c 'seq 1 30000; exec sleep 1000'
            stdout_logfile={disk}/log
            """);
        using var process = _run.Launch(["unshare", "-m", "sh", "-c", $"mount -t tmpfs -o size=200k tmpfs {disk} "
            + $"&& head -c 120000 /dev/zero > {disk}/filler && exec \"$@\"", "-"], "-n");
        await _run.LineAsync($"ERRO the log {disk}/log of 'count' cannot be written, and the process may have to wait: "
            + "ENOSPC");
        // The disk as the daemon sees it.
        disk = $"/proc/{process.Id}/root{disk}";
        Assert.InRange(new FileInfo($"{disk}/log").Length, 1, 100_000);
        File.Delete($"{disk}/filler");
        await _run.LineAsync("INFO 'count' stdout is logged again");
        var all = string.Concat(Enumerable.Range(1, 30_000).Select(number => $"{number}\n"));
        while (new FileInfo($"{disk}/log").Length < all.Length)
            await Task.Yield();
        Assert.Equal(all, await File.ReadAllTextAsync($"{disk}/log"));
        await EndAsync(process);
    }

    [Fact]
    public async Task Output_goes_to_the_systems_log_line_by_line()
    {
        SkipUnlessRoot();
        var devices = Path.Combine(_run.Folder, "dev");
        Directory.CreateDirectory(devices);
        using var log = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        log.Bind(new UnixDomainSocketEndPoint(Path.Combine(devices, "log")));
        _run.Write("""
            [program:say]
            command=sh -c 'echo one; echo two'
            stdout_syslog=true
            stdout_logfile=NONE
            autorestart=false
            startsecs=0
            """);
        var bind = string.Concat(new[] { "null", "zero", "random", "urandom" }
            .Select(name => $"touch {devices}/{name} && mount --bind /dev/{name} {devices}/{name} && "));
        using var process = _run.Launch(["unshare", "-m", "sh", "-c",
            $"{bind} ln -s /proc/self/fd {devices}/fd && mount --rbind {devices} /dev && exec \"$@\"", "-"], "-n");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[4096];
        foreach (var line in new[] { "one", "two" })
        {
            var text = Encoding.UTF8.GetString(buffer, 0, await log.ReceiveAsync(buffer, deadline.Token));
            Assert.StartsWith("<14>", text, StringComparison.Ordinal);
            Assert.EndsWith($": say {line}", text.TrimEnd('\n', '\0'), StringComparison.Ordinal);
        }
        await EndAsync(process);
    }

    public void Dispose() => _run.Dispose();

    private static void SkipUnlessRoot() => Assert.SkipUnless(
        Environment.UserName == "root" && File.Exists("/usr/bin/unshare"), "only root can mount");

    private static async Task EndAsync(System.Diagnostics.Process process)
    {
        DaemonRun.Signal(process.Id, Terminate);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
