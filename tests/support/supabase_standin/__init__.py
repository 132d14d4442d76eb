"""A local stand-in for Supabase: PostgREST's and Realtime's protocols over a real PostgreSQL, with faults."""

from supabase_standin.faults import Fault, Faults
from supabase_standin.server import Standin, standin_on

__all__ = ["Fault", "Faults", "Standin", "standin_on"]
