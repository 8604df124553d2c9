using System.Diagnostics;

namespace Rota.Bench;

/// <summary>Starts the server as a process of its own and asks how soon it runs a job and how much memory it
/// holds.</summary>
internal static class StartUp
{
    private static readonly TimeSpan IdleBefore = TimeSpan.FromSeconds(3);

    /// <returns>From the start of the process to the first line of the handler; the memory some seconds
    /// later.</returns>
    public static async Task<(double FirstJobMs, double RssMb)> MeasureAsync(string parent, bool isQuick)
    {
        using var folder = new BenchFolder(parent);
        await using (var host = await BenchHost.StartAsync(folder.Path, works: false))
            await host.Jobs.EnqueueAsync(new FirstJob());
        var start = Stopwatch.GetTimestamp();
        using var server = ServerChild.Start(folder.Path);
        await server.StandardOutput.ReadLineAsync();
        var firstJobMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (!isQuick)
            await Task.Delay(IdleBefore);
        server.Refresh();
        var rssMb = server.WorkingSet64 / 1_048_576.0;
        server.Kill();
        await server.WaitForExitAsync();
        return (firstJobMs, rssMb);
    }
}
