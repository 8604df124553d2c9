using System.Globalization;
using Microsoft.Extensions.Primitives;
using Rota.Jobs;
using Rota.Web.Api;

namespace Rota.Web.Console.Jobs;

/// <summary>What is to be done with many jobs: those that were picked, or all that fit a filter. The page that asks and
/// the action that does read it from the same fields.</summary>
/// <param name="Picked">Null: all that fit the filter.</param>
/// <param name="Fields">To be sent again.</param>
internal sealed record BulkForm(bool IsRetry, JobFilterText Filter, IReadOnlyList<JobId>? Picked,
    IReadOnlyList<(string Name, string? Value)> Fields)
{
    private const int PickedMax = 1_000;
    private const string Reason = "canceled in the console";

    public static BulkForm Read(Func<string, StringValues> field)
    {
        var (does, picked, isPicked) = (field("does").ToString(), field("id"), field("picked").Count > 0);
        if (does is not ("retry" or "cancel"))
        {
            throw new InvalidFieldException(
                "does", $"'{does}' is nothing that is done with jobs.", "Write retry or cancel.");
        }
        if (picked.Count > PickedMax)
            throw new InvalidFieldException("id", $"{picked.Count:N0} jobs are too many to pick.", "Use a filter.");
        if (picked.Count > 0 || isPicked)
        {
            return new BulkForm(does == "retry", JobFilterText.Parse(null, null), [.. picked.Select(Id)],
                [("picked", "1"), .. picked.Select(id => ("id", id))]);
        }
        var filter = JobFilterText.Read(name => field(name));
        string[] names = ["state", "filter", "kind", "queue", "tag", "schedule", "reason", "project", "q"];
        return new BulkForm(does == "retry", filter, filter.Id is { } one ? [one] : null,
            [.. names.Select(name => (name, (string?)field(name))).Where(one => !string.IsNullOrEmpty(one.Item2))]);
    }

    private static JobId Id(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new JobId(id)
            : throw new InvalidFieldException("id", $"'{text}' is no number of a job.", "Pick jobs of the list.");

    /// <summary>As the page and the audit say it.</summary>
    public override string ToString()
    {
        const int Told = 20;
        if (Picked is not null)
            return string.Join(", ", Picked.Take(Told)) + (Picked.Count > Told ? ", …" : "");
        var text = $"{(Filter.Filter.State is { } state ? $"state:{Words.Of(state)} " : "")}{Filter}".TrimEnd();
        return text.Length > 0 ? text : "all jobs";
    }

    /// <returns>Those that it was, or would be.</returns>
    public Task<IReadOnlyList<BulkMove>> RunAsync(JobOperations jobs, bool isDryRun, CancellationToken stop) =>
        (IsRetry, Picked) switch
        {
            (true, { } picked) => jobs.RetryAllAsync(picked, isDryRun, stop),
            (true, null) => jobs.RetryAllAsync(Filter.Filter, isDryRun, stop),
            (false, { } picked) => jobs.CancelAllAsync(picked, Reason, isDryRun, stop),
            (false, null) => jobs.CancelAllAsync(Filter.Filter, Reason, isDryRun, stop),
        };
}
