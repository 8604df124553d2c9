using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rota.Jobs;
using Rota.Web.Api;

namespace Rota.Web.Console.Jobs;

/// <summary>The jobs of a list as a file, written as they are read, newest first.</summary>
/// <remarks>A longer list is cut, and its last row says so.</remarks>
internal sealed class JobExport(JobOperations jobs, JobFilterText filter, bool isCsv) : IResult
{
    public const int JobsMax = 100_000;
    private const int PageSize = 1_000;

    private static readonly string[] Head = ["id", "kind", "queue", "state", "attempt", "schedule", "created_at",
        "due_at", "started_at", "ended_at", "node", "reason", "error"];

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = isCsv ? "text/csv; charset=utf-8" : "application/json; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"jobs.{(isCsv ? "csv" : "json")}\"";
        var stop = httpContext.RequestAborted;
        await response.WriteAsync(isCsv ? Row(Head) : "[\n", stop);
        var (before, count) = (filter.Id is { } id ? new JobId(id.Value + 1) : (JobId?)null, 0);
        do
        {
            var page = await jobs.ListAsync(filter.Filter with { From = filter.Id }, before, PageSize, stop);
            var text = new StringBuilder();
            foreach (var job in page.Jobs)
                text.Append(isCsv ? Row(Values(job)) : (count++ > 0 ? ",\n" : "") + Json(job));
            await response.WriteAsync(text.ToString(), stop);
            count += isCsv ? page.Jobs.Count : 0;
            before = page.Next;
        }
        while (before is not null && count < JobsMax);
        var note = before is null ? null : $"cut after {JobsMax:N0} jobs";
        if (isCsv)
            await response.WriteAsync(note is null ? "" : Row([note]), stop);
        else
            await response.WriteAsync(note is null ? "\n]\n" : $",\n{{\"note\":\"{note}\"}}\n]\n", stop);
    }

    private static string Json(Job job) =>
        JsonSerializer.Serialize(JobView.From(job), ApiJsonOptions.Value.GetTypeInfo(typeof(JobView)));

    private static string?[] Values(Job job) =>
    [
        job.Id.ToString(), job.Kind, job.Queue, Words.Of(job.State), job.Attempt.ToString(CultureInfo.InvariantCulture),
        job.Schedule, Instant(job.CreatedAt), Instant(job.DueAt), Instant(job.StartedAt), Instant(job.EndedAt),
        job.Node, job.Reason == FailReason.None ? null : Words.Of(job.Reason), job.Error,
    ];

    private static string? Instant(DateTimeOffset? at) => at?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>RFC 4180. A value that a spreadsheet would take for a formula gets an apostrophe in front.</summary>
    internal static string Row(IEnumerable<string?> values) => string.Join(',', values.Select(Cell)) + "\r\n";

    private static string Cell(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return "";
        var text = value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + value : value;
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
    }
}
