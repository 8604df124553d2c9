using System.Text.Json;
using Rota.Storage;

namespace Rota.Flows;

/// <summary>Sums up a batch: runs when all of its jobs have ended, and succeeds if all of them did.</summary>
[Job(Kind)]
internal sealed class BatchHandler(IFlowStore flows) : IJobHandler<JsonElement>
{
    public const string Kind = "batch";
    public const int JobsMax = 10_000;

    private sealed record Summary(int Total, int Succeeded, int Failed, int Canceled)
    {
        public string Tell() => Failed == 0 ? $"{Canceled:N0} of {Total:N0} jobs {Were()} canceled"
            : Canceled == 0 ? $"{Failed:N0} of {Total:N0} jobs failed"
            : $"{Failed:N0} of {Total:N0} jobs failed, {Canceled:N0} {Were()} canceled";

        private string Were() => Canceled == 1 ? "was" : "were";
    }

    public async Task<JobResult> RunAsync(JsonElement args, JobContext job, CancellationToken stop)
    {
        var edges = await flows.DependenciesAsync([job.Id], JobsMax, stop);
        var summary = new Summary(edges.Count, Count(JobState.Succeeded), Count(JobState.Failed),
            Count(JobState.Canceled));
        return summary.Succeeded == summary.Total
            ? JobResult.CompleteWith(summary)
            : new JobResult.FailedForGood(summary.Tell(), summary);

        int Count(JobState state) => edges.Count(edge => edge.State == state);
    }
}
