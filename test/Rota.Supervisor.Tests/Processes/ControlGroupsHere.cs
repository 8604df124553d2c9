using Rota.Supervisor.Native;
using Xunit;

namespace Rota.Supervisor.Tests.Processes;

/// <summary>What this machine lets tests do with control groups.</summary>
internal static class ControlGroupsHere
{
    /// <summary>The group that this process is in.</summary>
    public static string? Own => ControlMount.Find()?.FolderOf("self");

    /// <summary>Groups can be made, which needs no controller.</summary>
    public static void SkipUnlessWritable()
    {
        Assert.SkipWhen(Own is null, "no cgroup v2 is mounted here");
        var probe = $"{Own}/probe-{Guid.NewGuid():n}";
        var error = Files.MakeFolder(probe);
        Assert.SkipUnless(error == 0, $"control groups cannot be made in {Own}: {Errno.Message(error)}");
        Files.RemoveFolder(probe);
    }

    /// <summary>Version 1 has no controller that is needed, and who runs this may hand them on.</summary>
    public static bool HasControllers => Own is { } own && Identity.UserId == 0
        && ControlFiles.Has($"{own}/cgroup.controllers", "cpu")
        && ControlFiles.Has($"{own}/cgroup.controllers", "memory");

    /// <summary>Waits until the process has left this one's group, as the first thing that it does; returns its own.
    /// </summary>
    public static async Task<string> EnteredAsync(int pid)
    {
        string? folder = null;
        await UntilAsync(() => (folder = ControlMount.Find()!.FolderOf($"{pid}")) is not null && folder != Own);
        return folder!;
    }

    public static Task GoneAsync(string folder) => UntilAsync(() => !Directory.Exists(folder));

    public static async Task UntilAsync(Func<bool> isSo)
    {
        using var deadline = new CancellationTokenSource(RunningSupervisor.Deadline);
        using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!isSo())
            await turn.WaitForNextTickAsync(deadline.Token);
    }
}
