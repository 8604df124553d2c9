using System.Reflection;

namespace Rota.Commands;

internal static class Versions
{
    /// <summary>Of this program, from version.json.</summary>
    public static string Own { get; } = typeof(Versions).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
}
