using System.Text;
using Rota.Integrations;
using Rota.Schedules;
using Rota.Storage;
using Rota.Web.Console.Actions;

namespace Rota.Web.Console.Forms;

/// <summary>What is known to use a secret: schedules whose arguments refer to it, webhooks that are signed with it or
/// refer to it. Code may read others.</summary>
internal static class SecretUses
{
    /// <returns>By the name of the secret: what uses it, and its address.</returns>
    public static ILookup<string, (string Text, string Address)> Of(
        IReadOnlyList<Schedule> schedules, IReadOnlyList<Webhook> webhooks) =>
        schedules.SelectMany(schedule => SecretReferences.NamesIn(Encoding.UTF8.GetString(schedule.Args.Span))
                .Select(secret => (secret, (Text: schedule.Name, ScheduleActions.Address(schedule.Name)))))
            .Concat(webhooks.SelectMany(webhook => Of(webhook)
                .Select(secret => (secret, (Text: webhook.Name, "/console/webhooks")))))
            .ToLookup(use => use.secret, use => use.Item2);

    private static IEnumerable<string> Of(Webhook webhook)
    {
        var named = webhook.Headers.Values.Append(webhook.Url).SelectMany(SecretReferences.NamesIn);
        return (webhook.Secret is { } signs ? named.Append(signs) : named).Distinct();
    }
}
