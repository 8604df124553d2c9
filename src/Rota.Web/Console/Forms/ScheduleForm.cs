using System.Globalization;
using System.Text.Json;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Web.Api;

namespace Rota.Web.Console.Forms;

/// <summary>A schedule as the fields of a form: what they say becomes the same request as the API takes.</summary>
internal static class ScheduleForm
{
    /// <summary>Rows for secrets that are not there yet.</summary>
    public const int NewSecrets = 3;

    public const string OptionsPrefix = "options.";

    /// <param name="old">The schedule that is edited: what has no field stays as it is there. Null for a new one.
    /// </param>
    /// <exception cref="InvalidFieldException">Names the field of the form.</exception>
    public static ScheduleRequest Read(Func<string, string?> form, Schedule? old, HandlerRegistry handlers)
    {
        var kind = form("kind") ?? throw new InvalidFieldException(
            "kind", "kind is missing.", "Choose the kind of the jobs that are enqueued.");
        var handler = handlers.Find(kind);
        var isSameKind = old is not null && (old.Kind == kind || handler?.Names.Contains(old.Kind) == true);
        return new ScheduleRequest
        {
            Trigger = TriggerForm.Read(form),
            Kind = kind,
            Args = ArgsForm.Read(handler, form, isSameKind ? ArgsOf(old!) : null),
            Options = JobOptionsForm.Read(form, OptionsPrefix,
                old is null ? new JobOptionsRequest() : JobOptionsRequest.From(old.Options)),
            Misfire = Words.ParseEnum<Misfire>("misfire", form("misfire")),
            MisfireGrace = form("misfire_grace"),
            Coalesce = form("coalesce") is not null,
            CatchUpWindow = form("catch_up_window"),
            MaxRunning = FormText.Number("max_running", form("max_running")),
            WhenFull = form("max_running") is null ? WhenFull.Skip
                : Words.ParseEnum<WhenFull>("when_full", form("when_full")) ?? WhenFull.Skip,
            IsPaused = old is null && form("is_paused") is not null ? true : null,
            OnConflict = old is null ? NameConflict.Fail : NameConflict.Replace,
            IfVersion = old is null ? null : FormText.Number("version", form("version")),
        };
    }

    public static JsonElement ArgsOf(Schedule schedule) =>
        JsonElement.Parse(schedule.Args.Span);

    /// <summary>What the form does to the schedule's own secrets; null values take one away, an empty field leaves it.
    /// </summary>
    /// <param name="stored">Names that are there.</param>
    /// <exception cref="InvalidFieldException">A new one has a value and no name, or a name and no value.</exception>
    public static IReadOnlyDictionary<string, string?> SecretChanges(
        Func<string, string?> form, IReadOnlyList<string> stored)
    {
        var changes = new Dictionary<string, string?>();
        foreach (var name in stored)
        {
            if (form($"secrets_remove.{name}") is not null)
                changes[name] = null;
            else if (form($"secrets.{name}") is { } value)
                changes[name] = value;
        }
        for (var row = 1; row <= NewSecrets; row++)
        {
            var (name, value) = (form(NewName(row)), form(NewValue(row)));
            if (name is null != value is null)
                throw new InvalidFieldException(name is null ? NewName(row) : NewValue(row),
                    name is null ? "The secret has no name." : $"The secret {name} has no value.",
                    "Write both, or leave both empty.");
            if (name is not null)
                changes[name] = value;
        }
        return changes;
    }

    public static string NewName(int row) => string.Create(CultureInfo.InvariantCulture, $"secret_name_{row}");

    public static string NewValue(int row) => string.Create(CultureInfo.InvariantCulture, $"secret_value_{row}");
}
