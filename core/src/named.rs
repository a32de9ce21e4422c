//! A few values by name: a list in the order of the names, a tenth of a tree's code.

use alloc::{string::String, vec::Vec};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Named<T>(Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Named<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Puts a value in, in place of the one that has its name.
    pub(crate) fn insert(&mut self, name: String, value: T) {
        let at = self.0.partition_point(|(other, _)| *other < name);
        match self.0.get_mut(at) {
            Some((other, before)) if *other == name => *before = value,
            _ => self.0.insert(at, (name, value)),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &T)> + Clone {
        self.0.iter().map(|(name, value)| (name, value))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{borrow::ToOwned as _, vec};

    #[test]
    fn values_stand_in_the_order_of_their_names_and_the_last_of_a_name_counts() {
        let mut named = Named::default();
        for (name, value) in [("b", 1), ("c", 2), ("a", 3), ("b", 4)] {
            named.insert(name.to_owned(), value);
        }
        assert_eq!(named.iter().map(|(name, value)| (name.as_str(), *value)).collect::<Vec<_>>(), vec![("a", 3), ("b", 4), ("c", 2)]);
        assert_eq!((named.get("b"), named.get("d"), named.contains("c")), (Some(&4), None, true));
    }
}
