using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Jobs;
using Rota.Web.Api;
using Rota.Web.Auth;
using Rota.Web.Console.Forms;
using Rota.Web.Console.Jobs;
using Rota.Web.Console.Pages;

namespace Rota.Web.Console.Actions;

/// <summary>What the pages do with jobs, and the files that they give.</summary>
internal static class JobActions
{
    private const string Jobs = "/console/jobs";

    public static void MapJobActions(this IEndpointRouteBuilder actions)
    {
        actions.MapAction("/jobs/{id}/retry", Role.Operator, "jobs.retry", RetryAsync);
        actions.MapAction("/jobs/{id}/cancel", Role.Operator, "jobs.cancel", CancelAsync);
        actions.MapAction("/jobs/{id}/edit", Role.Operator, "jobs.retry", RetryEditedAsync).WithFormOn<JobEdit>();
        actions.MapAction("/jobs/bulk", Role.Operator, "jobs.bulk", BulkAsync);
    }

    public static void MapJobFiles(this IEndpointRouteBuilder console)
    {
        console.MapGet("/jobs/export", Export).Needs(Role.Viewer);
        console.MapGet("/jobs/{id}/log", LogAsync).Needs(Role.Viewer);
    }

    private static async Task<Done> RetryAsync(string id, JobOperations jobs, CancellationToken stop)
    {
        var job = await jobs.GetAsync(id, stop);
        return Retried(job.Id, await jobs.RetryAsync(job.Id, stop));
    }

    private static Done Retried(JobId old, Enqueued enqueued) => enqueued.Id == old
        ? new Done($"Job {old} runs as soon as a slot is free.", $"{Jobs}/{old}")
        : new Done(enqueued.IsNew ? $"Job {old} runs again as job {enqueued.Id}."
            : $"Job {old} runs again as job {enqueued.Id} already.", $"{Jobs}/{enqueued.Id}",
            Target: enqueued.Id.ToString());

    private static async Task<Done> RetryEditedAsync(
        string id, [FromForm] string? args, JobOperations jobs, HandlerRegistry handlers, CancellationToken stop)
    {
        var job = await jobs.GetAsync(id, stop);
        return Retried(job.Id, await jobs.RetryAsync(job.Id, FormText.Json("args", args ?? ""), handlers, stop));
    }

    private static async Task<Done> CancelAsync(string id, JobOperations jobs, CancellationToken stop)
    {
        var job = await jobs.GetAsync(id, stop);
        job = await jobs.CancelAsync(job.Id, "canceled in the console", stop);
        return new Done(job.State.IsFinal ? $"Job {job.Id} is canceled." : $"Job {job.Id} is asked to stop.");
    }

    private static async Task<Done> BulkAsync(HttpContext http, JobOperations jobs, CancellationToken stop)
    {
        var form = await http.Request.ReadFormAsync(stop);
        var bulk = BulkForm.Read(name => form[name]);
        var moves = await bulk.RunAsync(jobs, isDryRun: false, CancellationToken.None); // all, and audited
        var done = $"{moves.Count:N0} {(moves.Count == 1 ? "job" : "jobs")} {(bulk.IsRetry ? "retried" : "canceled")}.";
        return new Done(done, Target: bulk.ToString(), Changes: BulkChanges.Of(moves, bulk.IsRetry));
    }

    private static JobExport Export(HttpContext http, JobOperations jobs, string? format) =>
        new(jobs, JobFilterText.Read(name => http.Request.Query[name]), isCsv: format != "json");

    // A page of lines at a time, however long the log is.
    private static async Task LogAsync(string id, HttpContext http, JobOperations jobs, CancellationToken stop)
    {
        const int LinesMax = 10_000;
        var job = await jobs.GetAsync(id, stop);
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.Headers.ContentDisposition =
            string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"job-{job.Id}.log\"");
        for (Storage.LogPosition? after = null; ;)
        {
            var lines = await jobs.LogAsync(job.Id, token: null, after, LinesMax, stop);
            var text = new StringBuilder();
            foreach (var line in lines)
                text.Append(CultureInfo.InvariantCulture, $"{line.At:O} {line.Level} {line.Text}\n");
            await http.Response.WriteAsync(text.ToString(), stop);
            if (lines.Count < LinesMax)
                return;
            after = new Storage.LogPosition(lines[^1].Token, lines[^1].Number);
        }
    }
}
