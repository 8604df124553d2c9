using System.Diagnostics;

namespace Rota.Bench;

/// <summary>The process that start-up and memory are measured of: says a line on its output when the first job
/// runs.</summary>
/// <remarks>A host that embeds Rota, without web and plug-ins.</remarks>
internal static class ServerChild
{
    public const string Name = "server-child";

    public static Process Start(string folder) => ChildProcess.Start(Name, folder);

    public static async Task<int> RunAsync(string folder)
    {
        await using var host = await BenchHost.StartAsync(
            folder, works: true, rota => rota.AddHandler<FirstJobHandler>());
        await Task.Delay(Timeout.Infinite);
        return 0;
    }
}

[Job("bench.first")]
internal sealed record FirstJob;

internal sealed class FirstJobHandler : IJobHandler<FirstJob>
{
    public Task<JobResult> RunAsync(FirstJob args, JobContext job, CancellationToken stop)
    {
        Console.Out.WriteLine("ran");
        return Task.FromResult(JobResult.Complete);
    }
}
