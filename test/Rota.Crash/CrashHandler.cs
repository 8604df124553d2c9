namespace Rota.Crash;

/// <summary>A job that takes its process down, or waits to be taken down with it.</summary>
/// <param name="How"><c>overflow</c>, <c>exit</c>, <c>hang</c>, or anything else to end well.</param>
[Job("crash.now")]
internal sealed record CrashJob(string How);

internal sealed class CrashHandler : IJobHandler<CrashJob>
{
    public async Task<JobResult> RunAsync(CrashJob args, JobContext job, CancellationToken stop)
    {
        await Say.LineAsync($"running {job.Id} attempt {job.Attempt}");
        switch (args.How)
        {
            case "overflow": return JobResult.CompleteWith(Overflow(0));
            case "exit": Environment.Exit(3); break;
            case "hang": await Task.Delay(Timeout.InfiniteTimeSpan, job.Clock, stop); break;
        }
        return JobResult.Complete;
    }

    // The sum behind the call keeps the compiler from turning the recursion into a loop.
    private static long Overflow(long depth) => depth < 0 ? 0 : depth + Overflow(depth + 1);
}

/// <summary>Speaks to the test that started this process, one line at a time.</summary>
internal static class Say
{
    private static readonly TextWriter Output = TextWriter.Synchronized(Console.Out);

    public static Task LineAsync(string line) => Output.WriteLineAsync(line);
}
