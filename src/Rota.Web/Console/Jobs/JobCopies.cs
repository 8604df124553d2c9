using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rota.Jobs;
using Rota.Secrets;

namespace Rota.Web.Console.Jobs;

/// <summary>A job as others would enqueue it: by the command line, by HTTP, in C#. Secrets stay masked.</summary>
public sealed class JobCopies
{
    public JobCopies(Job job, HttpRequest request)
    {
        Args = job.Args.IsEmpty ? "{}" : JsonMask.Mask(job.Args.Span);
        var queue = job.Queue == JobOptions.DefaultQueue ? null : job.Queue;
        var options = queue is null ? "" : $",\"options\":{{\"queue\":{Json(queue)}}}";
        var body = $"{{\"kind\":{Json(job.Kind)},\"args\":{Args}{options}}}";
        All =
        [
            ("command line", $"rota jobs enqueue {Shell(job.Kind)} {Shell(Args)}"
                + (queue is null ? "" : $" --queue {Shell(queue)}")),
            ("curl", $"curl -X POST {request.Scheme}://{request.Host}/api/v1/jobs \\\n"
                + "  -H \"Authorization: Bearer $ROTA_TOKEN\" -H 'Content-Type: application/json' \\\n"
                + $"  -d {Shell(body)}"),
            ("C#", $"await client.EnqueueAsync({Json(job.Kind)}, JsonElement.Parse(\"\"\"\n    {Args}\n    \"\"\"),\n"
                + $"    {(queue is null ? "options: null" : $"new JobOptions {{ Queue = {Json(queue)} }}")}, stop);"),
        ];
    }

    public string Args { get; }

    /// <summary>Names and texts, in the order in which they are shown.</summary>
    public IReadOnlyList<(string Name, string Text)> All { get; }

    private static string Json(string text) => JsonSerializer.Serialize(text);

    // POSIX: everything is itself between apostrophes, but an apostrophe.
    private static string Shell(string text) =>
        text.All(character => char.IsAsciiLetterOrDigit(character) || "._-:/=".Contains(character))
            ? text : $"'{text.Replace("'", "'\\''")}'";
}
