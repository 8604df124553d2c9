namespace Rota.Web.Console;

/// <summary>Addresses that come from outside and lead on: only those of the console are followed.</summary>
internal static class LocalAddress
{
    /// <summary>The address if it is a page of the console, else its first page.</summary>
    public static string Check(string? address) =>
        address is not null && IsOurs(address) ? address : ConsoleRoutes.Home;

    private static bool IsOurs(string address) =>
        (address == ConsoleRoutes.Home
            || address.StartsWith(ConsoleRoutes.Home + '/', StringComparison.Ordinal)
            || address.StartsWith(ConsoleRoutes.Home + '?', StringComparison.Ordinal))
        && !address.Any(character => character is '\\' or < ' ' or > '~')
        && !address.Contains("/..", StringComparison.Ordinal);
}
