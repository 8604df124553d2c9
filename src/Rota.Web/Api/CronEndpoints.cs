using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Schedules;
using Rota.Web.Auth;

namespace Rota.Web.Api;

internal static class CronEndpoints
{
    public static void MapCron(this IEndpointRouteBuilder api) =>
        api.MapGet("/cron/explain", Explain).WithTags("Schedules").Needs(Role.Viewer).WithName("cron.explain")
            .WithSummary("What a cron expression means, when it runs, and how another dialect says it");

    private static Ok<CronView> Explain(TimeProvider clock, string cron, string? zone = null, string? dialect = null,
        string? gap = null, string? spread = null, string? after = null, int count = CronQuestion.DefaultCount,
        string? to = null) =>
        TypedResults.Ok(CronView.From(CronExplanation.Of(
            new CronQuestion(cron, zone, dialect, gap, spread, after, count, to), clock.GetUtcNow())));
}

internal sealed record CronView(string Cron, string Dialect, string Zone, string Gap, string? Spread,
    string Description, IReadOnlyList<CronRunView> Next, CronConversionView? Converted)
{
    public static CronView From(CronExplanation explanation) => new(
        explanation.Trigger.Cron.ToString(),
        CronWords.Of(explanation.Trigger.Cron.Dialect),
        explanation.Trigger.Zone,
        CronWords.Of(explanation.Trigger.Gap),
        explanation.Trigger.Cron.Spread,
        explanation.Description,
        [.. explanation.Next.Select(run => new CronRunView(run.At, run.Local, run.Note))],
        explanation.Converted is { } converted ? CronConversionView.From(converted) : null);
}

/// <param name="Local">The same instant with the offset of the zone.</param>
internal sealed record CronRunView(DateTimeOffset At, DateTimeOffset Local, string? Note);

internal sealed record CronConversionView(string Cron, string Dialect, IReadOnlyList<string> Notes)
{
    public static CronConversionView From(CronConversion converted) =>
        new(converted.Cron.ToString(), CronWords.Of(converted.Cron.Dialect), converted.Notes);
}
