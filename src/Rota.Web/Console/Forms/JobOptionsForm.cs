using Rota.Web.Api;

namespace Rota.Web.Console.Forms;

/// <summary>Options of jobs as the fields of a form.</summary>
internal static class JobOptionsForm
{
    /// <param name="prefix">Before the names of the fields.</param>
    /// <param name="old">What has no field stays as it is here.</param>
    /// <exception cref="InvalidFieldException">Names the field of the form.</exception>
    public static JobOptionsRequest Read(Func<string, string?> form, string prefix, JobOptionsRequest old)
    {
        var timeout = form($"{prefix}timeout");
        Words.ParseDuration($"{prefix}timeout", timeout);
        return old with
        {
            Queue = form($"{prefix}queue"),
            Priority = FormText.Number($"{prefix}priority", form($"{prefix}priority")),
            MaxAttempts = FormText.Number($"{prefix}max_attempts", form($"{prefix}max_attempts")),
            Timeout = timeout,
            Tags = form($"{prefix}tags")?.Split(
                [',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        };
    }
}
