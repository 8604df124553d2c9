using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Jobs;
using Rota.Web.Api;
using Rota.Web.Console.Forms;
using Rota.Web.Console.Pages;

namespace Rota.Web.Console.Actions;

internal static class KindActions
{
    public static void MapKindActions(this IEndpointRouteBuilder actions) =>
        actions.MapAction("/kinds/{kind}/enqueue", Role.Operator, "jobs.enqueue", EnqueueAsync)
            .WithFormOn<KindDetail>();

    public static string Address(string kind) => $"/console/kinds/{Uri.EscapeDataString(kind)}";

    private static async Task<Done> EnqueueAsync(
        string kind, HttpContext http, HandlerRegistry handlers, IJobClient jobs, CancellationToken stop)
    {
        var form = FormText.Of(http.Request.Form);
        var args = ArgsForm.Read(handlers.Find(kind), form, old: null);
        var options = JobOptionsForm.Read(form, prefix: "", new JobOptionsRequest()) with
        {
            Delay = form("delay"),
            Key = form("key"),
        };
        var enqueued = await jobs.EnqueueAsync(kind, args, options.ToOptions(), stop);
        return new Done(enqueued.IsNew ? $"Job {enqueued.Id} is enqueued." : $"Job {enqueued.Id} has that key already.",
            $"/console/jobs/{enqueued.Id}");
    }
}
