using System.Diagnostics;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>A container of a test's own, of the parts that the kernel has for it: the program in it has its own process
/// numbers, of which it is the first, its own mounts, <c>/proc</c>, shared memory and IPC. The network is the
/// machine's, so that the test reaches it on loopback. It ends with whoever started it.</summary>
public static class Container
{
    private static readonly string[] Unshare =
        ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--mount", "--ipc", .. ForUser()];

    private static string[] ForUser() => Environment.IsPrivilegedProcess ? [] : ["--user", "--map-root-user"];

    /// <summary>Words to put before a command; skips the test where the kernel allows none.</summary>
    /// <param name="assignments">Variables that only the program in the container gets, such as <c>A=b</c>.</param>
    public static async Task<IReadOnlyList<string>> MakeAsync(params string[] assignments)
    {
        string[] words =
        [
            .. Unshare, "sh", "-c", "mount -t tmpfs tmpfs /dev/shm && exec env \"$@\"", "container", .. assignments,
        ];
        using var trial = Process.Start(new ProcessStartInfo(words[0], [.. words[1..], "true"])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var error = await trial.StandardError.ReadToEndAsync();
        await trial.WaitForExitAsync();
        Assert.SkipUnless(trial.ExitCode == 0, $"A container cannot be made here: {error.Trim()}");
        return words;
    }

    /// <summary>What this process has started shares no process numbers, mounts and IPC with the test.</summary>
    public static void AssertAround(int pid)
    {
        var first = File.ReadAllText($"/proc/{pid}/task/{pid}/children").Trim();
        foreach (var kind in (string[])["pid", "mnt", "ipc"])
            Assert.NotEqual(Namespace("self", kind), Namespace(first, kind));
        Assert.Equal(Namespace("self", "net"), Namespace(first, "net"));
    }

    private static string? Namespace(string process, string kind) =>
        new FileInfo($"/proc/{process}/ns/{kind}").LinkTarget;
}
